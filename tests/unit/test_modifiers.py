"""Which modifiers there are: the list that comes along, the HCPCS file, and what neither can tell."""

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.claim import Claim
from scrubber.edits.modifiers import modifier_unknown
from scrubber.engine.plan import Plan
from scrubber.engine.run import run_edits
from scrubber.importers.code_sets import read_code_sets
from scrubber.importers.payers import read_payers
from scrubber.reference import Sections, Snapshot, pack_sections, read_snapshot
from scrubber.reference.hcpcs import HcpcsRow, pack_hcpcs
from scrubber.reference.modifiers import FIRST_JUDGED, always_valid, modifier_standing
from scrubber.reference.ncci import Edition, pack_editions
from scrubber.reference.procedure_codes import State
from scrubber.settings import shipped
from tests.edits.cases import base_claim, merged

DAY = date(2026, 11, 2)
OCTOBER = Edition(name="2026Q4", effective=date(2026, 10, 1), speaks_from=date.min)
ROWS = {
    "A4550": HcpcsRow(None, None),
    "-GP": HcpcsRow(date(1999, 1, 1), None),
    "-KX": HcpcsRow(date(2026, 10, 1), None),
    "-SZ": HcpcsRow(date(2014, 1, 1), date(2017, 12, 31)),
}


def snapshot(rows: dict[str, HcpcsRow] | None = None) -> Snapshot:
    """The list that comes along, and with ``rows`` an HCPCS file of October 2026."""
    sections, editions = read_code_sets(shipped("lcd_data"), shipped("lcd_data") / "none")
    if rows is not None:
        packed, label = pack_editions("hcpcs", [(OCTOBER, pack_hcpcs(rows))])
        sections, editions = sections | packed, editions | label
    content = memoryview(pack_sections(sections, editions))
    return read_snapshot(Sections(content), read_payers(shipped("payer_rules")), DAY)


CARRIED, WITH_FILE, WITHOUT_MODIFIERS = snapshot(), snapshot(ROWS), snapshot({"A4550": HcpcsRow(None, None)})


@pytest.mark.parametrize(
    ("modifier", "on", "state"),
    [
        ("GP", DAY, State.VALID),
        ("59", DAY, State.VALID),
        ("RH", DAY, State.VALID),
        ("YY", DAY, State.UNKNOWN),
        ("YY", date(2026, 12, 31), State.UNKNOWN),
        ("YY", date(2027, 1, 1), State.OLDER_EDITION),
        ("YY", date(2026, 9, 30), State.OLDER_EDITION),
        ("40", DAY, State.NOT_ANSWERED),
        ("4O", DAY, State.NOT_ANSWERED),
        ("KX", date(2026, 9, 30), State.NOT_YET),
        ("KX", date(2026, 10, 1), State.VALID),
        ("SZ", date(2017, 12, 31), State.VALID),
        ("SZ", date(2018, 1, 1), State.ENDED),
        ("XU", DAY, State.VALID),
        ("gp", DAY, State.MALFORMED),
        ("G", DAY, State.MALFORMED),
        ("G-", DAY, State.MALFORMED),
        ("GP\n", DAY, State.MALFORMED),
        ("ＧＰ", DAY, State.MALFORMED),
    ],
)
def test_with_the_file_of_the_quarter(modifier: str, on: date, state: State) -> None:
    assert modifier_standing(modifier, on, WITH_FILE).state is state


def test_a_file_without_modifiers_leaves_it_to_the_list() -> None:
    for reference in (CARRIED, WITHOUT_MODIFIERS):
        assert modifier_standing("YY", DAY, reference).state is State.NOT_ANSWERED
        assert modifier_standing("KX", date(2026, 9, 30), reference).state is State.VALID


@given(
    st.text("0123456789ABCGHKPRSXYZ", min_size=1, max_size=2)
    | st.sampled_from(["59", "93", "GP", "JZ", "KX", "SZ"]),
    st.dates(FIRST_JUDGED, date(2030, 12, 31)),
    st.sampled_from([CARRIED, WITH_FILE]),
)
def test_what_does_not_wake_the_edit_is_valid_on_every_day(
    modifier: str, on: date, reference: Snapshot
) -> None:
    if always_valid(modifier, reference):
        assert modifier_standing(modifier, on, reference).state is State.VALID


def said(reference: Snapshot, modifier: str, on: date) -> list[tuple[str, str]]:
    line = {"modifiers": [modifier], "service_date": on.isoformat()}
    claim = msgspec.convert(merged(base_claim(), {"lines": [line]}), Claim, strict=False)
    edits = Plan([modifier_unknown], reference).select(claim, reference)
    findings, not_evaluated = run_edits(edits, claim, reference)
    return [
        *((finding.severity, finding.message) for finding in findings),
        *((one.reason, one.detail) for one in not_evaluated),
    ]


def test_what_the_edit_says() -> None:
    assert said(WITH_FILE, "YY", DAY) == [
        ("reject", "98940 on 2026-11-02 has YY, which is not in the HCPCS file 2026Q4.")
    ]
    assert said(WITH_FILE, "SZ", DAY) == [
        ("reject", "98940 on 2026-11-02 has SZ, which was in use until 2017-12-31.")
    ]
    (later,) = said(WITH_FILE, "YY", DAY + timedelta(days=90))
    assert later[0] == "outside-edition"
    (number,) = said(WITH_FILE, "40", DAY)
    assert number[0] == "not-in-starter-table"
    (missing,) = said(replace(CARRIED, modifiers=None), "59", DAY)
    assert missing[0] == "reference-not-loaded"
