"""The 837P guide: which segment belongs where, and how each must be formed."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.intake.x12 import x222
from scrubber.intake.x12.elements import Condition, check_for, element_faults, row_in, segment_pattern
from scrubber.intake.x12.guide import LONGEST_SHAPE, MOST_PLANS, by_shape
from scrubber.intake.x12.loops import READERS
from scrubber.intake.x12.table import Loop, Use, loop
from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT, REPETITION
from tests.unit.x12_files import (
    BILLING,
    CLAIM,
    HEADER,
    LINE,
    SUBSCRIBER,
    interchange,
    professional,
    read,
    told,
    transaction,
)

ROOTS = (x222.HEADER, x222.BILLING, x222.SUBSCRIBER, x222.PATIENT, x222.CLAIM, x222.LINE)


def loops_in(root: Loop) -> list[Loop]:
    return [root, *(inner for one in root.loops for inner in loops_in(one))]


def faults_of(*claim: str, line: list[str] = LINE) -> list[str]:
    """The faults of a claim with these segments before its line."""
    return told(read(professional([*claim, *line]))[1])


def header_faults(
    header: list[str] = HEADER, billing: list[str] = BILLING, subscriber: list[str] = SUBSCRIBER
) -> list[str]:
    return told(read(interchange(transaction(*header, *billing, *subscriber, *CLAIM, *LINE)))[1])


def without(segments: list[str], *gone: str) -> list[str]:
    return [segment for segment in segments if segment.split("*")[0] not in gone and segment not in gone]


CLM, HI = CLAIM


@pytest.mark.parametrize(
    ("claim", "faults"),
    [
        ([CLM, HI], []),
        ([CLM, "DTP*454*D8*20260101", "DTP*431*D8*20260101", HI], []),
        ([CLM], ["IK304 3 ST*0001 2300 HI (segment 18)"]),
        ([CLM, HI, "REF*G1*1"], ["IK304 7 ST*0001 2300 REF (segment 19)"]),
        ([CLM, "REF*G1*1", "REF*G1*2", HI], ["IK304 5 ST*0001 2300 REF (segment 19)"]),
        ([CLM, "REF*ZZ*1", HI], ["IK403 7 ST*0001 2300 REF01 (segment 18)"]),
        ([CLM, "REF**1", HI], ["IK403 1 ST*0001 2300 REF01 (segment 18)"]),
        ([CLM, "AMT*F5*1", "AMT*F5*2", HI], ["IK304 5 ST*0001 2300 AMT (segment 19)"]),
        ([CLM, "AMT*F2*1", HI], ["IK403 7 ST*0001 2300 AMT01 (segment 18)"]),
        ([CLM, *["CRC*07*Y*01"] * 3, "CRC*75*Y*IH", HI], []),
        ([CLM, *["CRC*07*Y*01"] * 4, HI], ["IK304 5 ST*0001 2300 CRC (segment 21)"]),
        ([CLM, "CRC*99*Y*01", HI], ["IK403 7 ST*0001 2300 CRC01 (segment 18)"]),
        ([CLM, "XYZ*1", HI], ["IK304 1 ST*0001 2300 XYZ (segment 18)"]),
        ([CLM, "", HI], ["IK304 1 ST*0001 2300 ? (segment 18)"]),
        ([CLM, "N3*1 ELM", HI], ["IK304 2 ST*0001 2300 N3 (segment 18)"]),
        ([CLM, "NM1*85*2*X", HI], ["IK403 7 ST*0001 2300 NM101 (segment 18)"]),
        (
            [CLM, HI, "NM1*82*1*A*B****XX*1234567893", "NM1*82*1*C*D****XX*1234567893"],
            ["IK304 4 ST*0001 2310B NM1 (segment 20)"],
        ),
        (
            [CLM, HI, "NM1*77*2*A"],
            ["IK304 3 ST*0001 2310C N3 (segment 20)", "IK304 3 ST*0001 2310C N4 (segment 20)"],
        ),
        ([CLM, HI, "NM1*82*1*A", "REF*G1*1"], ["IK304 7 ST*0001 2300 REF (segment 20)"]),
        (
            [CLM, HI, "SBR*P*18", "OI***Y***Y"],
            ["IK304 3 ST*0001 2330A NM1 (segment 21)", "IK304 3 ST*0001 2330B NM1 (segment 21)"],
        ),
        (
            [
                CLM,
                HI,
                "SBR*P*18",
                "OI***Y***Y",
                "NM1*IL*1*A*****MI*12",
                "NM1*PR*2*B*****PI*12",
                "NM1*82*1",
                "REF*G2*1",
            ],
            [],
        ),
        (
            [
                CLM,
                HI,
                "SBR*P*18",
                "AMT*D*1",
                "AMT*EAF*2",
                "AMT*D*1",
                "OI***Y***Y",
                "NM1*IL*1*A*****MI*12",
                "NM1*PR*2*B*****PI*12",
                "NM1*DN*2",
                "REF*G2*1",
                "NM1*77*1",
                "REF*G2*1",
                "NM1*DQ*2",
                "REF*G2*1",
            ],
            [
                "IK304 5 ST*0001 2320 AMT (segment 22)",
                "IK403 7 ST*0001 2330C NM102 (segment 26)",
                "IK403 7 ST*0001 2330E NM102 (segment 28)",
                "IK403 7 ST*0001 2330F NM102 (segment 30)",
            ],
        ),
    ],
)
def test_segments_of_a_claim_are_held_against_the_guide(claim: list[str], faults: list[str]) -> None:
    assert faults_of(*claim) == faults


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        (LINE, []),
        (without(LINE, "LX"), ["IK304 3 ST*0001 2400 LX (segment 19)"]),
        (without(LINE, "SV1"), ["IK304 3 ST*0001 2400 SV1 (segment 21)"]),
        (without(LINE, "DTP"), ["IK304 3 ST*0001 2400 DTP (segment 21)"]),
        ([LINE[0], LINE[2], LINE[1]], ["IK304 7 ST*0001 2400 SV1 (segment 21)"]),
        ([*LINE, "LIN**N4*00009307301"], ["IK304 3 ST*0001 2410 CTP (segment 23)"]),
        ([*LINE, "CTP****1*UN"], ["IK304 2 ST*0001 2400 CTP (segment 22)"]),
        ([*LINE, "SVD*12*1*HC:98940**1"], ["IK304 3 ST*0001 2430 DTP (segment 23)"]),
        ([], ["IK304 3 ST*0001 2400 LX (segment 19)"]),
    ],
)
def test_segments_of_a_line_are_held_against_the_guide(line: list[str], faults: list[str]) -> None:
    assert faults_of(CLM, HI, line=line) == faults


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (header_faults(without(HEADER, "BHT")), ["IK304 3 ST*0001 HEADER BHT (segment 5)"]),
        (header_faults(without(HEADER, HEADER[3])), ["IK304 3 ST*0001 1000B NM1 (segment 5)"]),
        (header_faults(billing=without(BILLING, "N3")), ["IK304 3 ST*0001 2010AA N3 (segment 11)"]),
        (
            header_faults(billing=[*without(BILLING, "N4", "REF"), BILLING[5], BILLING[4]]),
            ["IK304 7 ST*0001 2010AA N4 (segment 11)"],
        ),
        (header_faults(billing=[*BILLING, "REF*SY*1"]), ["IK304 5 ST*0001 2010AA REF (segment 12)"]),
        (header_faults(billing=[*BILLING, *BILLING[2:]]), ["IK304 4 ST*0001 2010AA NM1 (segment 12)"]),
        (
            header_faults(subscriber=without(SUBSCRIBER, SUBSCRIBER[2], "DMG")),
            ["IK304 3 ST*0001 2010BA NM1 (segment 15)"],
        ),
        (
            header_faults(subscriber=without(SUBSCRIBER, SUBSCRIBER[4])),
            ["IK304 3 ST*0001 2010BB NM1 (segment 16)"],
        ),
        (
            header_faults(billing=["HL*2**20*1", *BILLING[1:]]),
            [
                "IK403 7 ST*0001 HL01 (segment 6)",
                "IK403 7 ST*0001 HL01 (segment 12)",
                "IK403 7 ST*0001 2000B HL02 (segment 12)",
            ],
        ),
        (
            header_faults(subscriber=["HL*2*7*22*0", *SUBSCRIBER[1:]]),
            ["IK403 7 ST*0001 2000B HL02 (segment 12)"],
        ),
        (
            header_faults(billing=[]),
            [
                "IK403 7 ST*0001 HL01 (segment 6)",
                "IK403 7 ST*0001 2000B HL02 (segment 6)",
                "IK304 2 ST*0001 2000B HL (segment 6)",
                "IK304 2 ST*0001 2300 CLM (segment 11)",
            ],
        ),
        (
            header_faults(subscriber=[]),
            ["IK304 2 ST*0001 2300 CLM (segment 12)", "IK304 3 ST*0001 2000B HL (segment 17)"],
        ),
        (
            header_faults(subscriber=["HL*2*1*99*0"]),
            [
                "IK403 7 ST*0001 HL03 (segment 12)",
                "IK304 2 ST*0001 2300 CLM (segment 13)",
                "IK304 3 ST*0001 2000B HL (segment 18)",
            ],
        ),
    ],
)
def test_levels_are_held_against_the_guide(faults: list[str], expected: list[str]) -> None:
    assert faults == expected


def test_a_transaction_without_levels_lacks_them() -> None:
    assert told(read(interchange(transaction(*HEADER)))[1]) == ["IK304 3 ST*0001 2000A HL (segment 6)"]


def test_more_claims_or_lines_than_the_guide_allows() -> None:
    many = [[*CLAIM, *LINE]] * 103
    assert told(read(professional(*many))[1]) == ["IK304 4 ST*0001 2300 CLM (segment 517)"]
    lines = [f"{segment}" for number in range(1, 53) for segment in (f"LX*{number}", *LINE[1:])]
    got, faults = read(professional([*CLAIM, *lines]))
    assert told(faults) == ["IK304 4 ST*0001 2400 LX (segment 169)"]
    assert len(got[0].claim.lines) == 52  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("segment", "faults"),
    [
        ("CLM*A-1*45***11:B:1*Y*A*Y*Y", []),
        ("CLM*A-1*45***11:B:1*Y*A*Y*Y*P*AA:OA::IA*02********11", []),
        ("CLM", [(1, None, "1"), (2, None, "1"), (5, None, "1"), *((n, None, "1") for n in (6, 7, 8, 9))]),
        ("CLM*A-1*45***11:B:1*Y*A*Y*", [(None, None, "8"), (9, None, "1")]),
        ("CLM*A-1*45***11:B:1*Y*A*Y*Y*", [(None, None, "8")]),
        (f"CLM*{'A' * 39}*45***11:B:1*Y*A*Y*Y", [(1, None, "5")]),
        ("CLM*A-1*4.5.***11:B:1*Y*A*Y*Y", [(2, None, "6")]),
        ("CLM*A-1*45*X**11:B:1*Y*A*Y*Y", [(3, None, "I10")]),
        ("CLM*A-1*45***11:A:1*Y*A*Y*Y", [(5, 2, "7")]),
        ("CLM*A-1*45***11::1*Y*A*Y*Y", [(5, 2, "1")]),
        ("CLM*A-1*45***11:B:1:Z*Y*A*Y*Y", [(5, None, "13")]),
        ("CLM*A-1*45***111:B:1*Y*A*Y*Y", [(5, 1, "5")]),
        ("CLM*A-1:2*45***11:B:1*Y*A*Y*Y", [(1, None, "13")]),
        ("CLM*A-1^2*45***11:B:1*Y*A*Y*Y", [(1, None, "12")]),
        ("CLM*A-1*45***11:B:1*Q*A*Y*Y", [(6, None, "7")]),
        ("CLM*A-1*45***11:B:1*Y*A*Y*Y************", [(None, None, "8")]),
        ("CLM*A-1*45***11:B:1*Y*A*Y*Y************X", [(21, None, "3")]),
        ("NM1*82*1*A", []),
        ("NM1*82*1*A*****XX", [(9, None, "2")]),
        ("NM1*82*1*A******1234567893", [(8, None, "2")]),
        ("NM1*82*3*A", [(2, None, "7")]),
        ("NM1*82*1*A*****XX*1", [(9, None, "4")]),
        ("DTP*454*D8*20261301", [(3, None, "8")]),
        ("DTP*454*RD8*20260101-20260102", [(2, None, "7"), (3, None, "8")]),
        ("DTP*314*RD8*20260101-20260102", []),
        ("HI*ABK:M542", []),
        ("HI*ABK:M542**ABF:M5412", []),
        ("HI*XX:M542", [(1, 1, "7")]),
        ("HI*ABF:M542", [(1, 1, "7")]),
        ("HI*ABK:M542*ABK:M5412", [(2, 1, "7")]),
        ("HI*BP:27447", []),
        ("CR2********C", []),
        ("CLM*A-1*123456789012345678***11:B:1*Y*A*Y*Y", []),
        ("CLM*A-1*-1234567890123456.78***11:B:1*Y*A*Y*Y", []),
        ("CLM*A-1*1234567890123456789***11:B:1*Y*A*Y*Y", [(2, None, "5")]),
        ("CLM*A-1*12345678901234567.89***11:B:1*Y*A*Y*Y", [(2, None, "5")]),
        ("CLM*A-1*.***11:B:1*Y*A*Y*Y", [(2, None, "6")]),
        ("CLM*A-1*$45***11:B:1*Y*A*Y*Y", [(2, None, "6")]),
        ("CLM* A-1 *45***11:B:1*Y*A*Y*Y", []),
        ("CLM*  *45***11:B:1*Y*A*Y*Y", [(1, None, "6")]),
        ("CLM*A-1*45***11:B:1*Y*A*Y*Y**:AA", [(11, 1, "1")]),
        ("DTP*454*D8*20260229", [(3, None, "8")]),
        ("DTP*454*D8*20280229", []),
        ("DTP*454*D8*21000229", [(3, None, "8")]),
        ("DTP*454*D8*20260431", [(3, None, "8")]),
        ("DTP*454*D8*2026043", [(3, None, "8")]),
        ("DTP*314*D8*20260101-20260102", [(3, None, "8")]),
        ("DTP*314*RD8*20260101", [(3, None, "8")]),
        ("DTP*314*RD8*20260101-20260230", [(3, None, "8")]),
        ("DTP*314*XX*20260101", [(2, None, "7")]),
        ("DTP*314*RD9*20260101-20260102", [(2, None, "7")]),
        ("DTP*314*RD8*20260101-20260102*X", [(4, None, "3")]),
        ("PRV*PE*PXC*111N00000X", []),
        ("PRV*BI*PXC*111N00000X", [(1, None, "7")]),
        ("PRV*PE*ZZ*111N00000X", [(2, None, "7")]),
        ("PRV*PE*PXC*111N00000X*IA", [(4, None, "I10")]),
        ("NM1*PW*2", []),
        ("NM1*PW*1", [(2, None, "7")]),
        ("N4*DES MOINES*IA*50309", []),
        ("N4*LONDON***GB***ENG", []),
        ("N4*LONDON******ENG", [(4, None, "2")]),
        ("N4*TORONTO*ON**CA***QUE", [(7, None, "10")]),
        ("PWK*OZ*BM***AC*12", []),
        ("PWK*OZ*BM***AC", [(6, None, "2")]),
        ("PWK*99*BM", [(1, None, "7")]),
        ("PWK*CT*AB", [(2, None, "7")]),
        ("CRC*07*Y*01*12", []),
        ("CRC*07*Y*L1", [(3, None, "7")]),
        ("CRC*E1*N*L1", []),
        ("CRC*75*N*IH", [(2, None, "7")]),
        ("CRC*75*Y*IH*IH", [(4, None, "I10")]),
        ("CRC*ZZ*N*NU", []),
        ("HCP*06*10", [(1, None, "7")]),
        ("HCP*05*10*******HC", [(9, None, "I10")]),
        ("AMT*F5*10", []),
        ("AMT*F5*TEN", [(2, None, "6")]),
        ("AMT*D*10", []),
        ("CAS*CO*45*10", []),
        ("CAS*CO*45*10**97*5", []),
        ("CAS*CO*45*10**97", [(6, None, "2")]),
        ("CAS*CO*45*10***5", [(5, None, "2")]),
        ("CAS*CO*45*10****1", [(5, None, "2")]),
        ("CAS*XX*45*10", [(1, None, "7")]),
        ("SV1*HC:98940*45*UN*1***1:12", []),
        ("SV1*HC:98940*45*UN*1***13", [(7, 1, "7")]),
        ("SV1*HC:98940*45*UN*1***A", [(7, 1, "7")]),
        ("SV1*HC:98940*45*UN*1***1:2:3:4:5", [(7, None, "13")]),
        ("CRC*70*Y*65", []),
        ("CRC*09*Y*38*ZV", []),
        ("FRM*1A*Y", []),
        ("FRM*1A", [(2, None, "2")]),
    ],
)  # fmt: skip
def test_elements_are_held_against_the_guide(
    segment: str, faults: list[tuple[int | None, int | None, str]]
) -> None:
    use = use_of(segment)
    written = raw(segment)
    assert list(element_faults(use.elements, use.conditions, written)) == faults
    assert bool(check_for(use.pattern, False)(written)) == (not faults)


def use_of(segment: str) -> Use:
    id_, qualifier = [*segment.split("*"), ""][:2]
    loops = [*loops_in(x222.CLAIM), *loops_in(x222.LINE)]
    uses = [use for inner in loops for use in inner.uses if use.id == id_]
    return next(use for use in uses if not use.qualifiers or qualifier in use.qualifiers)


def raw(segment: str) -> str:
    return segment.replace("*", ELEMENT).replace(":", COMPONENT).replace("^", REPETITION)


USES = [use for root in ROOTS for inner in loops_in(root) for use in inner.uses]
VALUES = st.sampled_from(
    ["", "", " ", "1", "Y", "A", "XX", "18", "20260302", "20260230", "20260302-20260303", "RD8",
     "0805", "45", "4.5", "-1", "TE", "EI", "D8",
     f"ABK{COMPONENT}M542", f"HC{COMPONENT}98940", f"11{COMPONENT}B{COMPONENT}1", "\ufffd", "A" * 90, REPETITION]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(use=st.sampled_from(USES), values=st.lists(VALUES, max_size=22))
def test_the_quick_answer_is_the_close_one(use: Use, values: list[str]) -> None:
    segment = ELEMENT.join([use.id, *values])
    faults = list(element_faults(use.elements, use.conditions, segment))
    assert bool(check_for(use.pattern, False)(segment)) == (not faults)
    assert bool(check_for(use.pattern, True)(segment)) == bool(check_for(use.pattern, False)(segment))


def test_the_table_is_whole() -> None:
    ids = [inner.id for root in ROOTS for inner in loops_in(root)]
    assert len(ids) == len(set(ids))
    for use in USES:
        assert re.fullmatch("[A-Z][A-Z0-9]{1,2}", use.id)
        assert 0 < use.position < 6000
        assert use.most
        assert use.elements
    for root in ROOTS:
        for inner in loops_in(root):
            assert inner.uses[0].required
            assert [use.position for use in inner.uses] == sorted(use.position for use in inner.uses)


def test_every_reader_reads_something_of_the_guide() -> None:
    named = set()
    for root in ROOTS:
        for inner in loops_in(root):
            named.add(inner.id)
            for use in inner.uses:
                named.add(f"{inner.id} {use.id}")
                named |= {f"{inner.id} {use.id}*{qualifier}" for qualifier in use.qualifiers}
    assert READERS.keys() <= named


def test_notation() -> None:
    elements, conditions = row_in("!AN60 AN2-2 -2 !=1|2 !(!N6 =A) [R9 DT] D C0201 R020304")
    assert [element.type for element in elements] == ["AN", "AN", "-", "-", "=", "()", "R", "DT", "D"]
    assert [element.required for element in elements] == [
        True,
        False,
        False,
        False,
        True,
        True,
        False,
        False,
        False,
    ]
    assert (elements[1].shortest, elements[1].longest) == (2, 2)
    assert conditions == (Condition("P", (7, 8)), Condition("C", (2, 1)), Condition("R", (2, 3, 4)))
    row = loop("2310A ! 2", "REF*0B|1G   2710 ! 3 !AN50 -2").uses[0]
    assert (row.id, row.qualifiers, row.position, row.required, row.most) == (
        "REF",
        {"0B", "1G"},
        2710,
        True,
        3,
    )
    assert row.pattern == segment_pattern("REF", row.elements)


def test_plans_kept_are_bounded() -> None:
    made = []
    plan_of = by_shape(made.append)  # type: ignore[func-returns-value,arg-type,return-value]
    for _ in range(2):
        for number in range(MOST_PLANS + 1):
            plan_of(("REF",), [f"REF*{number:03}"])
    assert MOST_PLANS < len(made) <= 2 * (MOST_PLANS + 1)
    long = ("NTE",) * (LONGEST_SHAPE + 1)
    plan_of(long, ["NTE*1"] * len(long))
    count = len(made)
    plan_of(long, ["NTE*1"] * len(long))
    assert len(made) == count + 1
