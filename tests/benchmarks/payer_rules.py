"""5,000 made-up payer rules beside 500: reading, compiling, memory, cost of a claim; public engines beside them."""

import gc
import json
import os
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import yaml
from msgspec.structs import replace

from scrubber.claim import Claim, Payer, place_of_service, pointed_diagnoses
from scrubber.engine import Engine, build_engine, scrub
from scrubber.importers.payer_rules import read_rules
from scrubber.payers import Rule, compile_rule
from scrubber.payers.model import questions_of
from scrubber.reference import PayerProfile, Payers, Sign, Snapshot
from scrubber.rule import Edit
from tests.benchmarks.claims import claims
from tests.benchmarks.timing import ROUNDS, timed
from tests.benchmarks.x12 import PEERS_AT, ROOT
from tests.risks import no_risk

FEW, MANY, PAYERS, CLAIMS, PEER_CLAIMS = 500, 5_000, 50, 4_000, 2
BILLED = ("98940", "98941", "97140", "72040")


def measured() -> Iterator[tuple[str, str]]:
    """Reading and compiling, memory of the plan, and microseconds a claim that none, and that some rules concern."""
    payers = _payers()
    with tempfile.TemporaryDirectory() as directory:
        _write(Path(directory), MANY)
        seconds, rules = timed(lambda: read_rules(Path(directory), payers))
    yield f"{MANY:,} rules read", f"{seconds:.1f} s, {seconds / MANY * 1e3:.2f} ms a file"
    seconds, edits = timed(lambda: list(map(compile_rule, rules)))
    yield "  compiled", f"{seconds:.2f} s"
    reference = Snapshot(as_of=date(2026, 3, 10), editions={}, payers=payers)
    seconds, _engine = timed(lambda: build_engine(edits, reference, "bench", assess=no_risk))
    yield "  planned", f"{seconds:.2f} s"
    yield "  memory", f"{_megabytes(rules, reference):.0f} MB, rules compiled and planned"
    few, many = (build_engine(some, reference, "bench", assess=no_risk) for some in (edits[::10], edits))
    for what, payer in (
        ("unknown payer", Payer(claim_filing_indicator="ZZ")),
        ("none concerns it", Payer(id="P0001")),
    ):
        yield from _compared(what, few, many, [_to(payer, one) for one in claims(CLAIMS)])
    concerned = [_billing(one) for one in claims(CLAIMS)]
    yield from _compared("some are asked", few, many, concerned)
    yield (
        "  a code never met",
        f"{_new_code(edits[::10], reference):.1f} → {_new_code(edits, reference):.1f} µs",
    )
    yield from _beside_peers(rules, many, concerned)


def _compared(what: str, few: Engine, many: Engine, sample: Sequence[Claim]) -> Iterator[tuple[str, str]]:
    best = {len(engine.plan.edits): _best(engine, sample) for engine in (few, many)}
    woken = sum(len(many.plan.concerned(claim)) for claim in sample) / len(sample)
    ratio = best[MANY] / best[FEW]
    figures = f"{best[FEW]:.2f} → {best[MANY]:.2f} µs a claim, {ratio:.2f}x; {woken:.1f} rules asked"
    yield f"  a claim, {what}", figures


def _best(engine: Engine, sample: Sequence[Claim]) -> float:
    gc.collect()
    rounds = [timed(lambda: [scrub(engine, claim) for claim in sample])[0] for _ in range(ROUNDS + 1)]
    return min(rounds[1:]) / len(sample) * 1e6


def _beside_peers(
    rules: Sequence[Rule], engine: Engine, sample: Sequence[Claim]
) -> Iterator[tuple[str, str]]:
    """The same rules and claims in other engines, each in a process of its own, and what each of them found."""
    first = rules[0].versions[0].effective
    sample = [one for one in sample if all(line.service_date >= first for line in one.lines)][:PEER_CLAIMS]
    seconds, results = timed(lambda: [scrub(engine, claim) for claim in sample])
    found = sum(len(result.findings) for result in results)
    yield (
        f"  {len(sample)} of these claims",
        f"{seconds / len(sample) * 1e6:,.0f} µs a claim, {found} findings",
    )
    given = {
        "rules": list(map(_for_peers, rules)),
        "claims": [_lines_for_peers(claim, engine.reference.payers) for claim in sample],
    }
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "rules.json")
        file.write_text(json.dumps(given))
        for peer in ("zen-engine", "cel-python"):
            command = [sys.executable, "-m", "tests.benchmarks.rule_peers", peer, str(file)]
            environ = {**os.environ, "PYTHONPATH": str(PEERS_AT)}
            done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, check=True)
            got = json.loads(done.stdout)
            if got is None:
                yield f"    {peer}", "not installed"
            else:
                figures = f"{got['claim'] * 1e6:,.0f} µs a claim, {got['found']} findings"
                yield f"    {peer}", f"{figures}; compiled in {got['compiled']:.1f} s"


def _for_peers(rule: Rule) -> dict[str, Any]:
    version = rule.versions[0]
    payer, procedure = questions_of(version.when)
    asked = questions_of(version.require)[0]
    told: tuple[str, Any] = ("office", None)
    if asked.subject == "line.units":
        told = ("units", int(asked.values[0]))
    elif asked.operator == "any_of":
        told = (asked.subject.removeprefix("line."), asked.values)
    return {"id": rule.id, "payer": payer.values[0], "procedures": procedure.values, "require": told}


def _lines_for_peers(claim: Claim, payers: Payers) -> list[dict[str, Any]]:
    return [
        {
            "payer": payers.profile(claim).id,
            "procedure": line.procedure,
            "modifiers": line.modifiers,
            "diagnoses": pointed_diagnoses(claim, line),
            "units": int(line.units),
            "place": place_of_service(claim, line),
            "authorized": bool(line.prior_authorization or claim.prior_authorization),
        }
        for line in claim.lines
    ]


def _new_code(edits: Sequence[Edit], reference: Snapshot) -> float:
    engine = build_engine(edits, reference, "bench", assess=no_risk)
    codes = [f"{number:05}" for number in range(2_000)]
    seconds, _ = timed(lambda: [engine.plan._procedure(code) for code in codes])
    return seconds / len(codes) * 1e6


def _megabytes(rules: Sequence[Rule], reference: Snapshot) -> float:
    tracemalloc.start()
    engine = build_engine(list(map(compile_rule, rules)), reference, "bench", assess=no_risk)
    for claim in claims(CLAIMS):
        engine.plan.concerned(claim)
    size, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / 1e6


def _to(payer: Payer, claim: Claim) -> Claim:
    """The claim to another payer, with procedures that no rule names."""
    lines = tuple(replace(line, procedure="00100", modifiers=()) for line in claim.lines)
    return replace(claim, payer=payer, lines=lines, diagnoses=("Z000",))


def _billing(claim: Claim) -> Claim:
    draw = Random(claim.claim_id)
    lines = tuple(replace(line, procedure=draw.choice(BILLED)) for line in claim.lines)
    return replace(claim, payer=Payer(id=f"P{draw.randrange(PAYERS):04}"), lines=lines)


def _payers() -> Payers:
    return Payers(
        [
            PayerProfile(
                id=f"payer_{number}",
                name=f"Payer {number}",
                program="commercial",
                signs=(Sign(payer_ids=frozenset({f"P{number:04}"})),),
            )
            for number in range(PAYERS)
        ]
    )


def _write(directory: Path, count: int) -> None:
    for number in range(PAYERS):
        (directory / f"payer_{number}").mkdir()
    draw = Random(1)
    for number in range(count):
        rule = _rule(number, draw)
        path = directory / f"payer_{number % PAYERS}" / f"{rule['id']}-{rule['name']}.yaml"
        path.write_text(yaml.dump(rule, sort_keys=False, Dumper=yaml.CSafeDumper))


def _rule(number: int, draw: Random) -> dict[str, Any]:
    """Of a few procedures, some of them chiropractic, with a modifier, diagnosis, unit or place it asks for."""
    codes = sorted({draw.choice(BILLED), *(f"{draw.randrange(10_000, 99_999)}" for _ in range(4))})
    require = draw.choice(
        [
            {"line.modifiers": {"any_of": draw.sample(["AT", "GP", "25", "59"], 2)}},
            {"line.diagnoses": {"any_of": draw.sample(["M54.2", "M99.01", "M53.81", "M54.50"], 2)}},
            {"line.units": {"at_most": draw.randrange(1, 5)}},
            {"any": [{"line.place_of_service": "11"}, {"line.prior_authorization": {"present": True}}]},
        ]
    )
    case = {"name": "a case", "on": "2026-01-01"}
    return {
        "id": f"BEN-{number:04}",
        "name": f"made-up-{number}",
        "title": "A made-up rule.",
        "severity": "review",
        "since": "2026.11",
        "why": "It is for measuring.",
        "authority": {"title": "None", "url": "https://example.org/none", "retrieved": "2026-11-22"},
        "versions": [
            {
                "effective": "2026-01-01",
                "when": {"payer.profile": f"payer_{number % PAYERS}", "line.procedure": {"in": codes}},
                "require": require,
            }
        ],
        "message": "{line.procedure} is not as it should be.",
        "advice": "Look.",
        "cases": [
            case | {"on": "2025-12-31", "passes": True},
            case | {"passes": True},
            case | {"fails": "line.procedure"},
        ],
    }
