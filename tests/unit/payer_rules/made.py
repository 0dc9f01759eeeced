"""Made-up payers, rules and claims: as small a world as gives every answer often."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml
from hypothesis import strategies as st

from scrubber.importers.payer_rules import read_rules
from scrubber.payers import Rule
from scrubber.payers.concern import KIND_OF
from scrubber.payers.operators import OPERATORS, Argument, Type
from scrubber.payers.subjects import SUBJECTS, Subject
from scrubber.reference import PayerProfile, Payers, Sign

PAYERS = Payers(
    [
        PayerProfile(
            id="acme",
            name="Acme Health",
            program="commercial",
            signs=(
                Sign(claim_filing_indicators=frozenset({"CI"})),
                Sign(payer_ids=frozenset({"60054"}), claim_filing_indicators=frozenset({"CI"})),
            ),
        ),
        PayerProfile(
            id="medicare",
            name="Medicare",
            program="medicare_part_b",
            signs=(
                Sign(claim_filing_indicators=frozenset({"MB"})),
                Sign(payer_ids=frozenset({"05102", "11502"}), claim_filing_indicators=frozenset({"MB"})),
            ),
            contractors=("north", "south"),
        ),
        *(
            PayerProfile(
                id=name,
                name=name,
                program="medicare_part_b",
                inherits="medicare",
                jurisdictions={name: frozenset({contract})},
            )
            for name, contract in (("north", "05102"), ("south", "11502"))
        ),
    ]
)
SET = {
    "name": "manipulations",
    "kind": "procedure",
    "authority": {"title": "A list", "url": "https://example.org/list", "retrieved": "2026-11-20"},
    "codes": ["98940", "98941"],
}
CODES = {
    "procedure": ["98940", "98941", "97140", "99213"],
    "diagnosis": ["M53.81", "M54.2", "M99.01", "S13.4XXA"],
    "modifier": ["AT", "GA", "GY"],
    "place_of_service": ["11", "12", "21"],
    "taxonomy": ["111N00000X", "207Q00000X"],
    "state": ["IA", "TX"],
    "sex": ["F", "M"],
    "frequency": ["1", "7"],
    "claim_filing_indicator": ["CI", "MB"],
    "related_cause": ["AA", "EM"],
    "payer_id": ["60054", "05102"],
    "payer": ["acme", "medicare", "north"],
    "program": ["commercial", "medicare_part_b"],
}
CODES_AS_THEY_ARE: Mapping[str, list[str]] = {}
END_OF_RANGE = {"diagnosis": ["M53", "M54", "M99", "S13"], "taxonomy": ["111N", "207Q"]}
DAYS = ["2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01"]
WITHIN: list[Any] = ["calendar_year", {"days": 1}, {"days": 62}, {"months": 1}, {"months": 6}]
NUMBERS = [0, 1, 2, 18, 45, 90]


def rule_file(versions: list[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    """A whole file around versions, with the cases it must have."""
    edges = set()
    for number, version in enumerate(versions):
        effective = date.fromisoformat(version["effective"])
        edges |= {effective, effective - timedelta(days=1)}
        ends = version.get("ends")
        if ends is None and number + 1 < len(versions):
            ends = str(date.fromisoformat(versions[number + 1]["effective"]) - timedelta(days=1))
        if ends:
            edges |= {date.fromisoformat(ends), date.fromisoformat(ends) + timedelta(days=1)}
    cases = [
        {"name": f"{kind} on {day}", "on": str(day)} | expected
        for day in sorted(edges)
        for kind, expected in (("fails", {"fails": "payer.profile"}), ("passes", {"passes": True}))
    ]
    return {
        "id": "ACM-001",
        "name": "made-up",
        "title": "A made-up rule.",
        "severity": "deny",
        "since": "2026.11",
        "why": "Because.",
        "authority": {"title": "A policy", "url": "https://example.org/policy", "retrieved": "2026-11-20"},
        "versions": versions,
        "message": "It is so.",
        "advice": "Look.",
        "cases": cases,
    } | rest


def read(directory: Path, *files: dict[str, Any]) -> tuple[Rule, ...]:
    """The rules of files, read as the program does."""
    (directory / "sets").mkdir(parents=True, exist_ok=True)
    (directory / "sets" / "manipulations.yaml").write_text(yaml.safe_dump(SET))
    (directory / "acme").mkdir(exist_ok=True)
    for file in files:
        path = directory / "acme" / f"{file['id']}-{file['name']}.yaml"
        path.write_text(yaml.dump(file, sort_keys=False, Dumper=_NoAliases))
    return read_rules(directory, PAYERS)


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _value(subject: Subject, more: Mapping[str, list[str]] = CODES_AS_THEY_ARE) -> st.SearchStrategy[Any]:
    if subject.notation:
        kind = subject.notation.name
        return st.sampled_from(CODES[kind] + more.get(kind, []))
    return st.sampled_from(DAYS if subject.type is Type.DATE else NUMBERS)


@st.composite
def _counted(draw: st.DrawFn) -> dict[str, Any]:
    """What stands behind a subject of history."""
    procedures = st.sampled_from(CODES["procedure"])
    of = st.one_of(
        procedures,
        st.lists(procedures, min_size=1, max_size=2, unique=True).map(lambda codes: {"in": codes}),
        st.just({"in_range": ["98940", "98941"]}),
        st.just({"matches_set": "manipulations"}),
    )
    told: dict[str, Any] = {"within": draw(st.sampled_from(WITHIN))}
    if draw(st.booleans()):
        told["with_modifiers"] = draw(st.lists(st.sampled_from(CODES["modifier"]), min_size=1, unique=True))
    if "with_modifiers" not in told or draw(st.booleans()):
        told["of"] = draw(of)
    for key in ("provider", "payer"):
        if choice := draw(st.sampled_from([None, "same", "any"])):
            told[key] = choice
    told[draw(st.sampled_from(["equals", "at_least", "at_most"]))] = draw(
        st.sampled_from([0, 1, 2, 3, 45, 90])
    )
    return told


@st.composite
def _question(draw: st.DrawFn, names: tuple[str, ...] = ()) -> dict[str, Any]:
    # A third of them ask of codes that wake a rule.
    names = names or draw(st.sampled_from([tuple(SUBJECTS), tuple(KIND_OF), _HISTORY]))
    subject = SUBJECTS[draw(st.sampled_from(names))]
    if subject.type is Type.COUNT:
        return {subject.name: draw(_counted())}
    fitting = [operator for operator in OPERATORS.values() if subject.type in operator.types]
    if subject.notation is None or subject.notation.name != "procedure":
        fitting = [operator for operator in fitting if operator.argument is not Argument.SET]
    operator = draw(st.sampled_from(fitting))
    match operator.argument:
        case Argument.TRUE:
            behind: Any = True
        case Argument.ONE:
            behind = draw(_value(subject))
            if draw(st.booleans()) and operator.name == "equals":
                return {subject.name: behind}
        case Argument.SEVERAL:
            behind = draw(st.lists(_value(subject), min_size=1, max_size=3, unique=True))
        case Argument.RANGE:
            behind = sorted(draw(st.lists(_value(subject, END_OF_RANGE), min_size=2, max_size=2)))
        case _:
            behind = "manipulations"
    return {subject.name: {operator.name: behind}}


def _conditions(names: tuple[str, ...] = ()) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.lists(_question(names), min_size=1, max_size=2).map(
            lambda parts: {k: v for part in parts for k, v in part.items()}
        ),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            inner.map(lambda part: {"not": part}),
        ),
        max_leaves=4,
    )


_GENERAL = _conditions()
_HISTORY = tuple(name for name in SUBJECTS if name.startswith("history."))
_PAYER = tuple(name for name in SUBJECTS if name.startswith("payer."))
_OF_CLAIM = _conditions(tuple(name for name, subject in SUBJECTS.items() if not subject.of_line))


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """A rule file with one version, or two that meet or leave a gap."""
    versions = []
    conditions = draw(st.sampled_from([_GENERAL, _GENERAL, _OF_CLAIM]))
    for effective, ends in draw(
        st.sampled_from(
            [
                [("2026-01-01", None)],
                [("2026-01-01", "2026-06-30")],
                [("2026-01-01", None), ("2026-07-01", None)],
                [("2026-01-01", "2026-03-31"), ("2026-07-01", None)],
            ]
        )
    ):
        version = {"effective": effective} | ({"ends": ends} if ends else {})
        version["when"] = draw(_question(_PAYER)) | draw(conditions)
        version["require"] = draw(conditions)
        versions.append(version)
    return rule_file(versions)


def claims(seed: int, count: int) -> list[dict[str, Any]]:
    """Claims as JSON-like data. Drawn from a seed: that is quick, so that every rule meets many of them."""
    return [_claim(Random(f"{seed}-{number}")) for number in range(count)]


def history_of(seed: int, claim: dict[str, Any]) -> list[dict[str, Any]]:
    """Claims that were scrubbed before one, mostly of the same member and payer, and nearly the same."""
    draw = Random(f"{seed}-{claim['claim_id']}-{claim['payer']}")
    made = []
    for _ in range(draw.randint(0, 6)):
        one = _claim(draw) | {"patient": claim["patient"], "place_of_service": claim["place_of_service"]}
        one["frequency_code"] = draw.choice(["1", "1", "1", "7", "8"])
        one["original_reference"] = draw.choice([None, "A", "B"])
        for key, odds in (("subscriber", 0.9), ("payer", 0.8), ("billing_provider", 0.8), ("lines", 0.3)):
            if draw.random() < odds:
                one[key] = claim[key]
        made.append(one)
    return made


def _claim(draw: Random) -> dict[str, Any]:
    return {
        "claim_id": draw.choice(["A", "B", "C"]),
        "subscriber": {"id": draw.choice([None, "M-1", "M-1", "M-1", "M-2"])},
        "original_reference": draw.choice([None, None, "A"]),
        "payer": {
            "id": _maybe(draw, "payer_id"),
            "claim_filing_indicator": _maybe(draw, "claim_filing_indicator"),
        },
        "patient": {
            "birth_date": draw.choice([None, "2008-01-01", "1981-03-02", "2026-03-01"]),
            "sex": _maybe(draw, "sex"),
        },
        "billing_provider": {
            "npi": draw.choice([None, "1245319599"]),
            "taxonomy": _maybe(draw, "taxonomy"),
            "address": draw.choice([None, {"state": _maybe(draw, "state")}]),
        },
        "place_of_service": _maybe(draw, "place_of_service"),
        "frequency_code": draw.choice(CODES["frequency"]),
        "prior_authorization": draw.choice([None, "A1"]),
        "related_causes": _some(draw, "related_cause"),
        "total_charge": draw.choice([None, "90.00"]),
        "dates": {name: _day(draw) for name in ("initial_treatment", "last_x_ray", "onset")},
        "diagnoses": _some(draw, "diagnosis"),
        "lines": [_line(draw) for _ in range(draw.randint(1, 3))],
    }


def _line(draw: Random) -> dict[str, Any]:
    provider = {"npi": "1234567893", "taxonomy": _maybe(draw, "taxonomy")}
    return {
        "procedure": draw.choice(CODES["procedure"]),
        "modifiers": _some(draw, "modifier"),
        "diagnosis_pointers": draw.sample([1, 2, 3], draw.randint(0, 2)),
        "service_date": draw.choice([*DAYS, "2026-03-02", "2026-03-02"]),
        "units": draw.choice(["1", "2"]),
        "charge": draw.choice(["45.00", "90"]),
        "place_of_service": _maybe(draw, "place_of_service"),
        "prior_authorization": draw.choice([None, "A2"]),
        "ndc": draw.choice([None, "1"]),
        "referring_provider": draw.choice([None, provider]),
        "rendering_provider": draw.choice([None, provider]),
        "dates": draw.choice([None, {"initial_treatment": _day(draw), "last_x_ray": _day(draw)}]),
    }


def _maybe(draw: Random, kind: str) -> str | None:
    return draw.choice([None, *CODES[kind]])


def _some(draw: Random, kind: str) -> list[str]:
    return draw.sample(CODES[kind], draw.randint(0, 2))


def _day(draw: Random) -> str | None:
    return draw.choice([None, *DAYS])
