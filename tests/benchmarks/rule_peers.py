"""The same payer rules in public engines: ``python -m tests.benchmarks.rule_peers NAME FILE`` prints what it measured.

FILE is JSON: ``rules``, each with its ``id``, ``payer``, ``procedures`` and what it must be so (``require``), and
``claims``, each a list of lines. Neither engine has an index of rules by payer or code, so each line meets every rule:
as a program each in CEL, as the rows of one decision table in zen.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Rule, Line = dict[str, Any], dict[str, Any]
Judge = Callable[[Line], int]


def cel(rules: list[Rule]) -> Judge:
    """cel-python: a program a rule."""
    celpy = import_module("celpy")
    environment = celpy.Environment()
    kinds = {
        "modifiers": lambda codes: f"modifiers.exists(code, code in {json.dumps(codes)})",
        "diagnoses": lambda codes: f"diagnoses.exists(code, code in {json.dumps(codes)})",
        "units": lambda most: f"units <= {most}",
        "office": lambda _: 'place == "11" || authorized',
    }
    programs = []
    for rule in rules:
        kind, told = rule["require"]
        when = f'payer == "{rule["payer"]}" && procedure in {json.dumps(rule["procedures"])}'
        programs.append(environment.program(environment.compile(f"{when} && !({kinds[kind](told)})")))

    def judge(line: Line) -> int:
        activation = celpy.json_to_cel(line)
        return sum(bool(program.evaluate(activation)) for program in programs)

    return judge


def zen(rules: list[Rule]) -> Judge:
    """zen-engine: a row a rule."""
    kinds = {
        "modifiers": lambda codes: f"not some(modifiers, # in {json.dumps(codes)})",
        "diagnoses": lambda codes: f"not some(diagnoses, # in {json.dumps(codes)})",
        "units": lambda most: f"units > {most}",
        "office": lambda _: 'not (place == "11" or authorized)',
    }
    rows = [
        {
            "_id": rule["id"],
            "payer": json.dumps(rule["payer"]),
            "procedure": ", ".join(map(json.dumps, rule["procedures"])),
            "broken": kinds[rule["require"][0]](rule["require"][1]),
            "rule": json.dumps(rule["id"]),
        }
        for rule in rules
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": [
            {"id": "payer", "name": "payer", "field": "payer"},
            {"id": "procedure", "name": "procedure", "field": "procedure"},
            {"id": "broken", "name": "broken"},
        ],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    engine = import_module("zen").ZenEngine()
    decision = engine.create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda line: len(decision.evaluate(line)["result"])


def main() -> None:
    """Measure one engine; prints ``null`` if it is not installed."""
    name, file = sys.argv[1:]
    given = json.loads(Path(file).read_text())
    begun = time.perf_counter()
    try:
        judge = {"cel-python": cel, "zen-engine": zen}[name](given["rules"])
    except ModuleNotFoundError:
        print("null")
        return
    made = time.perf_counter()
    found = sum(judge(line) for claim in given["claims"] for line in claim)
    done = time.perf_counter()
    print(
        json.dumps({"compiled": made - begun, "claim": (done - made) / len(given["claims"]), "found": found})
    )


if __name__ == "__main__":
    main()
