"""The claims both are asked of, and what our edits say of one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import permutations
from random import Random
from typing import Any, NamedTuple

import msgspec

from scrubber.claim import Claim
from scrubber.engine.plan import Plan
from scrubber.engine.run import run_edits
from scrubber.reference import Snapshot
from tests.benchmarks.ncci import PRACTICE
from tests.edits.cases import base_claim, merged

QUARTERS = {"2024Q3": date(2024, 7, 1), "2025Q2": date(2025, 4, 1), "2026Q2": date(2026, 4, 1)}
"""Ours is the table of the first; PyOCE knows all three."""
MODIFIERS = ((), (), (), ("25",), ("59",), ("XS",), ("LT",), ("76",), ("GP", "59"))

Codes = tuple[str, str]
"""Column one and column two."""
Told = set[tuple[int, str, str]]
"""Of a claim: the number of the column two line, the column one code, the edit."""


class Line(NamedTuple):
    """A line that was made up."""

    number: int
    code: str
    day: str
    modifiers: tuple[str, ...]


def made_claims(
    number: int, random: Random, ours: Mapping[Codes, bool], of_hospitals: Sequence[Codes]
) -> Iterator[list[Line]]:
    """Claims of two to seven lines on one or two days of a quarter; most have a pair of one of the tables."""
    sources = [sorted(ours), of_hospitals, [pair for pair in permutations(PRACTICE, 2) if pair in ours]]
    for _ in range(number):
        first = random.choice(list(QUARTERS.values()))
        days = [f"{first + timedelta(days=random.randrange(90))}" for _ in range(random.choice((1, 1, 2)))]
        codes = [
            *random.choice(random.choice(sources)),
            *random.sample(PRACTICE, random.choice((0, 0, 1, 2))),
        ]
        if random.random() < 0.4:
            codes += random.choice(random.choice(sources))
        if random.random() < 0.2:
            codes.append(random.choice(codes))
        random.shuffle(codes)
        yield [
            Line(place, code, random.choice(days), random.choice(MODIFIERS))
            for place, code in enumerate(codes)
        ]


def of_a_hospital(claim: Sequence[Line]) -> dict[str, Any]:
    """A claim as PyOCE takes it: of an outpatient department, paid prospectively."""
    days = sorted(line.day.replace("-", "") for line in claim)
    return {
        "billType": "131",
        "oppsFlag": "1",
        "dateStarted": days[0],
        "dateEnded": days[-1],
        "receiptDate": days[-1],
        "sex": "1",
        "age": "045",
        "patientStatus": "01",
        "principalDiagnosisCode": {"diagnosis": "M545"},
        "lineItemList": [
            {
                "serviceDate": line.day.replace("-", ""),
                "hcpcs": line.code,
                "revenueCode": "0510",
                "unitsInput": "1",
                "charge": "15000",
                "hcpcsModifierInputList": [{"hcpcsModifier": code} for code in line.modifiers],
            }
            for line in claim
        ],
    }


def told_by_us(claim: Sequence[Line], reference: Snapshot, plan: Plan) -> Told:
    """What our edits say of a claim of a practitioner."""
    lines = [
        {"procedure": line.code, "modifiers": list(line.modifiers), "service_date": line.day}
        for line in claim
    ]
    typed = msgspec.convert(merged(base_claim(), {"lines": lines}), Claim, strict=False)
    findings, _ = run_edits(plan.select(typed, reference), typed, reference)
    return {
        (finding.line - 1, str(finding.because["column_one"]), finding.edit)
        for finding in findings
        if finding.line
    }
