"""What several edits could say of one defect is said once: the whole catalogue on the claims that showed it twice."""

from typing import Any

import msgspec
import pytest

from scrubber.bootstrap import Scrubber
from scrubber.claim import Claim
from scrubber.engine import scrub
from scrubber.rule import DENY, REJECT
from tests.edits.cases import base_claim, merged

PHYSICIAN = {"npi": "1234567893", "taxonomy": "208VP0014X"}
BY_PHYSICIAN = {"billing_provider": PHYSICIAN, "rendering_provider": PHYSICIAN}


def line(procedure: str, *modifiers: str, on: str = "2026-03-02") -> dict[str, Any]:
    return {"procedure": procedure, "modifiers": list(modifiers), "service_date": on}


@pytest.mark.parametrize(
    ("lines", "denied"),
    [
        ([line("98941", "AT"), line("97140", "GP")], [("PTP601", 2)]),
        ([line("98941", "AT"), line("97140", "GP", "59")], []),
        ([line("98941", "AT"), line("97140", "GP", "XS")], []),
        ([line("98941", "AT"), line("97140", "GP", on="2026-03-04")], []),
        (
            [
                line("98941", "AT"),
                line("97140", "GP", on="2026-03-04"),
                line("98941", "AT", on="2026-03-04"),
                line("97140", "GP", "59"),
            ],
            [("PTP601", 2)],
        ),
        # The visit is told by the code pair, or by its global days, never by both.
        ([line("98940", "AT"), line("99213")], [("PTP601", 2)]),
        ([line("98940", "AT"), line("99213", "25")], []),
        ([line("92012"), line("20610", "RT")], [("MOD506", 1)]),
        ([line("22551"), line("62321", "59")], [("PTP602", 2)]),
        # The unit limit of 0 of a bundled code only restates its status.
        ([line("97110", "GP"), line("97010", "GP")], [("PX403", 2)]),
        ([line("99213"), line("A4557")], [("MUE611", 2)]),
    ],
)
def test_of_a_physician(
    scrubber: Scrubber, lines: list[dict[str, Any]], denied: list[tuple[str, int]]
) -> None:
    assert denials(scrubber, {**BY_PHYSICIAN, "lines": lines}) == denied


def test_of_a_chiropractor(scrubber: Scrubber) -> None:
    assert denials(scrubber, {"lines": [line("98940", "AT"), line("97010", "GP")]}) == [("CHI808", 2)]


def denials(scrubber: Scrubber, difference: dict[str, Any]) -> list[tuple[str, int | None]]:
    """What would not be paid, of the edits of procedures: edit and line."""
    claim = msgspec.convert(merged(base_claim(), difference), Claim, strict=False)
    return [
        (finding.edit, finding.line)
        for finding in scrub(scrubber.engine.on(claim.lines[0].service_date), claim).findings
        if finding.severity in {DENY, REJECT}
        and finding.edit.startswith(("PX", "MOD", "PTP", "MUE", "AOC", "CHI"))
    ]
