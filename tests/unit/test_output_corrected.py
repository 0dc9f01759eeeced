"""Corrected files: what is written differently, and that nothing else is. Read again they are the patched claims."""

import gzip
import json
import re
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from scrubber.claim import Claim
from scrubber.claim.location import location_of
from scrubber.engine import Engine, Result, scrub
from scrubber.intake.files import read_claims
from scrubber.intake.record import Received, Unreadable
from scrubber.intake.stream import Damaged
from scrubber.output import corrected_file
from scrubber.output.corrected_claim import Repair, safe_repairs
from scrubber.output.corrected_file import OTHER_FORMAT
from scrubber.output.corrected_json import NOT_FOUND, Rewritten, corrected_json, corrected_record
from scrubber.output.corrected_x12 import NO_SUCH_PLACE, NOT_AGAIN, Change, corrected_x12
from scrubber.rule import Advice
from tests.unit.x12_files import BILLING, HEADER, SUBSCRIBER, interchange, transaction, write

Told = list[tuple[str, str]]

TREATED = "DTP*454*D8*20260220"
DIAGNOSES = "HI*ABK:M9901*ABF:M5450"
LINE = ["LX*1", "SV1*HC:98940:AT*45*UN*1***1:2", "DTP*472*D8*20260302"]
GOOD = ["CLM*A-1*45***11:B:1*Y*A*Y*Y", TREATED, DIAGNOSES, *LINE]


def claim(place: str, line_place: str = "", facility_zip: str = "", number: int = 1) -> list[str]:
    """The segments of a claim."""
    facility = ["NM1*77*2*PLACE", "N3*1 MAIN ST", f"N4*DES MOINES*IA*{facility_zip}"] if facility_zip else []
    line = f"SV1*HC:98940:AT*45*UN*1*{line_place}**1:2"
    return [f"CLM*A-{number}*45***{place}:B:1*Y*A*Y*Y", TREATED, DIAGNOSES, *facility, "LX*1", line, LINE[2]]


def below(sex: str = "F", zip_code: str = "503091234") -> list[str]:
    """Header, billing provider and subscriber, up to the first claim."""
    billing = [segment.replace("503091234", zip_code) for segment in BILLING]
    pay_to = ["NM1*87*2", "N3*BOX 1", f"N4*DES MOINES*IA*{zip_code}"]
    subscriber = [segment.replace("19500402*F", f"19500402*{sex}") for segment in SUBSCRIBER]
    return [*HEADER, *billing, *pay_to, *subscriber]


WRONG = [
    *below("f", "50309 "),
    *claim("1", facility_zip=" 50310"),
    *claim("11", "1", number=2),
    *claim("11", number=3),
]
FILE = interchange(transaction(*WRONG))
REPAIRED = {
    "N4*DES MOINES*IA*50309 ": "N4*DES MOINES*IA*50309",
    "DMG*D8*19500402*f": "DMG*D8*19500402*F",
    "CLM*A-1*45***1:B:1*Y*A*Y*Y": "CLM*A-1*45***01:B:1*Y*A*Y*Y",
    "N4*DES MOINES*IA* 50310": "N4*DES MOINES*IA*50310",
    "SV1*HC:98940:AT*45*UN*1*1**1:2": "SV1*HC:98940:AT*45*UN*1*01**1:2",
}


def correct(
    engine: Engine, data: bytes, claims: list[tuple[Claim, Result]] | None = None
) -> tuple[bytes, Told]:
    """The corrected file, and what is told of it; the claims and their results are added to ``claims``."""
    told: Told = []

    def judge(read: Received) -> Result:
        result = scrub(engine, read.claim, read.locate)
        if claims is not None:
            claims.append((read.claim, result))
        return result

    def tell(repair: Repair, left_out: str) -> None:
        told.append((f"{repair.edit} {repair.place}", left_out))

    def unreadable(record: Unreadable) -> None:
        told.append((record.place, "unreadable"))

    chunks = corrected_file(BytesIO(data), BytesIO(data), "a", judge, tell, unreadable)
    return b"".join(chunks), told


def claims_of(data: bytes) -> list[Claim]:
    return [read.claim for read in read_claims(BytesIO(data), "a") if isinstance(read, Received)]


def patched(claim: Claim, result: Result) -> Claim:
    """The claim with every safe patch of its result, by way of JSON."""
    values: Any = msgspec.to_builtins(claim)
    for finding in result.findings:
        for step in (finding.advice.applicability == "safe" and finding.advice.patch) or ():
            *above, last = location_of(step["path"])
            place = values
            for name in above:
                place = place[name]
            place[last] = step["value"]
    return msgspec.convert(values, Claim)


def proven(engine: Engine, data: bytes) -> tuple[bytes, Told]:
    """Correct a file and prove the round trip: it reads as the patched claims, and has no safe findings any more."""
    before: list[tuple[Claim, Result]] = []
    corrected, told = correct(engine, data, before)
    assert claims_of(corrected) == [patched(claim, result) for claim, result in before]
    if not any(why for _, why in told):
        assert correct(engine, corrected) == (corrected, [])
    return corrected, told


def test_the_elements_that_are_written_differently_and_nothing_else(engine: Engine) -> None:
    corrected, told = proven(engine, write(FILE, "~\r\n"))
    pay_to = next(index for index, segment in enumerate(FILE) if segment.startswith("NM1*87")) + 2
    expected = [
        segment if index == pay_to else REPAIRED.get(segment, segment) for index, segment in enumerate(FILE)
    ]
    assert corrected == write(expected, "~\r\n")
    assert told == [
        ("CLM119 ST*0001 CLM[1] 2010AA N403", ""),
        ("CLM107 ST*0001 CLM[1] 2010BA DMG03", ""),
        ("CLM117 ST*0001 CLM[1] CLM05-1", ""),
        ("CLM119 ST*0001 CLM[1] 2310C N403", ""),
        ("CLM117 ST*0001 CLM[2] 2400[1] SV105", ""),
    ]


def wrapped(data: bytes) -> bytes:
    """Broken into lines of 80 bytes, as if printed."""
    return b"\n".join(data[at : at + 80] for at in range(0, len(data), 80))


LAYOUTS: dict[str, Callable[[Sequence[str]], bytes]] = {
    "plain": write,
    "lines": lambda segments: write(segments, "~\n"),
    "by-line": lambda segments: write(segments, "\n"),
    "by-line-of-windows": lambda segments: write(segments, "\r\n"),
    "empty-lines": lambda segments: write(segments, "\n\n  \n"),
    "indented": lambda segments: write([f"\n\t {segment}" for segment in segments]).lstrip(),
    "byte-order-mark": lambda segments: b"\xef\xbb\xbf" + write(segments, "~\n"),
    "other-separators": lambda segments: write(segments, "\x1c").replace(b"*", b"|").replace(b":", b"\x1f"),
    "latin-1": lambda segments: write(segments).replace(b"ANN", "ANÉ".encode("latin-1")),
    "utf-8": lambda segments: write(segments).replace(b"ANN", "ANÉ".encode()),
    "trailing-garbage": lambda segments: write(segments) + b"\n\x1a",
    "not-terminated": lambda segments: write(segments)[:-1],
    "empty-segments": lambda segments: write(segments).replace(b"~LX", b"~~LX"),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_way_of_writing_a_file(engine: Engine, layout: Callable[[Sequence[str]], bytes]) -> None:
    data = layout(FILE)
    corrected, told = proven(engine, data)
    assert [why for _, why in told] == [""] * 5
    # Two blanks went, two zeros came, a letter grew.
    assert len(corrected) == len(data)
    assert corrected.startswith(data[:100])
    assert corrected.endswith(data[-60:])


def test_a_text_that_is_broken_over_two_lines_is_left_out(engine: Engine) -> None:
    data = write(FILE).replace(b"50309 ", b"503\n09 ", 1)
    corrected, told = proven_but(engine, data)
    assert b"503\n09 " in corrected
    assert told[0] == ("CLM119 ST*0001 CLM[1] 2010AA N403", NOT_AGAIN)
    assert [why for _, why in told[1:]] == [""] * 4


def proven_but(engine: Engine, data: bytes) -> tuple[bytes, Told]:
    corrected, told = correct(engine, data)
    again, still = correct(engine, corrected)
    assert again == corrected
    assert [each for each in told if each[1]] == still
    return corrected, told


def test_a_wrapped_file(engine: Engine) -> None:
    data = wrapped(write(FILE))
    corrected, told = proven_but(engine, data)
    assert corrected.count(b"\n") == data.count(b"\n")
    assert [why for _, why in told].count("") >= 3


def test_several_interchanges_and_transactions(engine: Engine) -> None:
    one = write(FILE)
    other = LAYOUTS["other-separators"](
        interchange(transaction(*below(), *GOOD), transaction(*WRONG, number=2), number=2)
    )
    same_number = write(interchange(transaction(*below(), *GOOD), transaction(*WRONG), number=3))
    corrected, told = proven(engine, one + b"\r\n" + other + same_number)
    assert [why for _, why in told] == [""] * 15
    assert [place for place, _ in told][5] == "CLM119 ISA[2] ST*0002 CLM[1] 2010AA N403"
    assert corrected.startswith(correct(engine, one)[0] + b"\r\n" + other[:500])


def test_the_first_readable_claim_below_a_level_repairs_it(engine: Engine) -> None:
    broken = ["CLM*A-0*many***1:B:1*Y*A*Y*Y", TREATED, DIAGNOSES, *LINE]
    patient = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*DOE*JO", "N3*1 MAIN ST", "N4*DES MOINES*IA*50309"]
    patient += ["DMG*D8*20100402*m"]
    segments = [*below("f", "50309\t"), *patient, *broken, *claim("11"), *broken, *claim("1", number=2)]
    segments = [segment.replace("HL*2*1*22*0", "HL*2*1*22*1") for segment in segments]
    corrected, told = correct(engine, write(interchange(transaction(*segments))))
    assert told[0][1] == told[3][1] == "unreadable"
    assert [each for each in told if each[1] != "unreadable"] == [
        ("CLM119 ST*0001 CLM[2] 2010AA N403", ""),
        ("CLM107 ST*0001 CLM[2] 2010CA DMG03", ""),
        ("CLM117 ST*0001 CLM[4] CLM05-1", ""),
    ]
    assert b"DMG*D8*19500402*f~" in corrected  # nobody was treated whose record that is
    assert b"DMG*D8*20100402*M~" in corrected
    assert b"CLM*A-0*many***1:B" in corrected


def test_an_institutional_claim(engine: Engine) -> None:
    stay = ["CLM*H-1*45***13:A:1**A*Y*Y", "DTP*434*RD8*20260302-20260302", "CL1*3*1*01", "HI*ABK:M9901"]
    stay += ["NM1*77*2*PLACE", "N3*1 MAIN ST", "N4*DES MOINES*IA*50309 "]
    stay += ["LX*1", "SV2*0420*HC:97110*45*UN*1", "DTP*472*D8*20260302"]
    guide = "005010X223A2"
    segments = transaction(*below("f"), *stay, guide=guide)
    corrected, told = proven(engine, write(interchange(segments, guide=guide)))
    assert told == [("CLM107 ST*0001 CLM[1] 2010BA DMG03", ""), ("CLM119 ST*0001 CLM[1] 2310E N403", "")]
    assert b"*IA*50309~LX" in corrected


def test_what_can_not_be_told_apart_is_left_out(engine: Engine) -> None:
    twice = [segment for segment in FILE for _ in range(2 if segment.startswith("DMG") else 1)]
    corrected, told = correct(engine, write(twice))
    assert ("CLM107 ST*0001 CLM[1] 2010BA DMG03", NO_SUCH_PLACE) in told
    assert corrected.count(b"19500402*f") == 2


def test_a_file_that_changes_while_it_is_read(engine: Engine) -> None:
    told: Told = []
    chunks = corrected_file(
        BytesIO(write(FILE)),
        BytesIO(write(FILE).replace(b"*f~", b"*m~")),
        "a",
        lambda read: scrub(engine, read.claim, read.locate),
        lambda repair, left_out: told.append((repair.edit, left_out)),
        lambda _: None,
    )
    assert b"*m~" in b"".join(chunks)
    assert ("CLM107", NOT_AGAIN) in told


PLACES = st.sampled_from(["11", "1", " 11", "11 ", "2", "99", "98", ""])
ZIPS = st.sampled_from(["50309", "503091234", "50309 ", " 50309", "5030", "50309-1234 ", ""])
SEXES = st.sampled_from(["F", "f", "m", "M", " F", "X", ""])
SOME_CLAIMS = st.lists(st.builds(claim, PLACES, PLACES, ZIPS, st.integers(1, 3)), max_size=3).map(
    lambda claims: [segment for claim in claims for segment in claim]
)
TRANSACTIONS = st.lists(
    st.builds(lambda head, claims: transaction(*head, *claims), st.builds(below, SEXES, ZIPS), SOME_CLAIMS),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60)
@given(data=st.data())
def test_any_file_round_trips(engine: Engine, data: st.DataObject) -> None:
    segments = interchange(*data.draw(TRANSACTIONS))
    layout = LAYOUTS[data.draw(st.sampled_from(sorted(LAYOUTS)))]
    corrected, told = proven(engine, layout(segments))
    assert not any(why for _, why in told)
    if not told:
        assert corrected == layout(segments)


class Trickle(BytesIO):
    """A file that is read in pieces."""

    size = 500

    def read(self, size: int | None = -1, /) -> bytes:
        """At most so much."""
        return super().read(self.size if size is None or size < 0 else min(size, self.size))


@settings(max_examples=200)
@given(st.data())
def test_whatever_follows_an_isa_is_copied(data: st.DataObject) -> None:
    file = write(FILE, data.draw(st.sampled_from(["~", "~\n", "\n"])))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(106, len(file)))
        what = st.sampled_from(
            [b"~", b"\r\n", b"ISA", b"ST*", b"~ISA*", file[:110], b"\xff\x00", b"x" * 3000]
        )
        file = file[:at] + data.draw(what) + file[at:]
    stream = Trickle(file)
    stream.size = data.draw(st.sampled_from([7, 500, 100_000]))
    never = [_never(position) for position in ((1, 1), (1, 20), (9, 1))]
    told: list[str] = []
    assert b"".join(corrected_x12(stream, never, lambda _, why: told.append(why))) == file
    assert told == [NOT_AGAIN] * 3


def _never(position: tuple[int, int]) -> Any:
    return Change(position, "no segment", 1, None, Repair("X", "", (), "a", "b"))


# JSON

CLAIM: dict[str, Any] = {
    "claim_id": 'A "1" é',
    "payer": {"id": "05102", "claim_filing_indicator": "MB"},
    "patient": {"birth_date": "1950-04-02", "sex": "f"},
    "billing_provider": {"npi": "1234567893", "address": {"state": "IA", "zip": "50309 "}},
    "note": '{[\\"f", 1',
    "place_of_service": "1",
    "diagnoses": ["M99.01", "M54.50"],
    "lines": [
        {
            "procedure": "98940",
            "modifiers": ["AT"],
            "diagnosis_pointers": [1, 2],
            "service_date": "2026-03-02",
            "charge": 45.00,
        },
        {"procedure": "98941", "service_date": "2026-03-02", "charge": "45.00", "place_of_service": "1"},
    ],
}
WAYS_OF_WRITING: dict[str, Callable[[Any], str]] = {
    "one-line": json.dumps,
    "indented": lambda value: json.dumps(value, indent=4),
    "unicode": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    "escaped": lambda value: json.dumps(value).replace('"f"', '"\\u0066"'),
    "key-twice": lambda value: json.dumps(value).replace(
        '"sex": "f"', '"sex": "M", "sex": "f", "birth_date": null'
    ),
}


@pytest.mark.parametrize("way", WAYS_OF_WRITING.values(), ids=WAYS_OF_WRITING.keys())
def test_json_in_any_form(engine: Engine, way: Callable[[Any], str]) -> None:
    one, clean = way(CLAIM), way(CLAIM | {"patient": {"sex": "F"}})
    lines = f"{one}\r\n\n{{broken\n{clean}\n{one}"
    for text in (one, f" [{one} ,\n{clean}, 7, {one}]\n", *([lines] if "\n" not in one else [])):
        corrected, told = proven(engine, text.encode())
        expected = text.replace('"f"', '"F"').replace('"\\u0066"', '"F"').replace("50309 ", "50309")
        expected = re.sub('(of_service": ?)"1"', r'\1"01"', expected)
        assert corrected.decode() == expected
        assert {why for _, why in told} <= {"", "unreadable"}


def test_the_order_of_repairs_and_their_places(engine: Engine) -> None:
    _, told = correct(engine, json.dumps([CLAIM]).encode())
    assert told == [
        ("CLM107 /0/patient/sex", ""),
        ("CLM119 /0/billing_provider/address/zip", ""),
        ("CLM117 /0/place_of_service", ""),
        ("CLM117 /0/lines/1/place_of_service", ""),
    ]


JSON_CLAIMS = st.builds(
    lambda sex, place, zip_code, note: (
        CLAIM
        | {
            "patient": {"sex": sex},
            "place_of_service": place,
            "note": note,
            "billing_provider": {"address": {"zip": zip_code}},
        }
    ),
    SEXES,
    PLACES,
    ZIPS,
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20),
)


@settings(max_examples=60)
@given(claims=st.lists(JSON_CLAIMS, min_size=1, max_size=4), way=st.sampled_from(sorted(WAYS_OF_WRITING)))
def test_any_json_round_trips(engine: Engine, claims: list[Any], way: str) -> None:
    text = "[" + ", ".join(map(WAYS_OF_WRITING[way], claims)) + "]"
    corrected, told = proven(engine, text.encode())
    assert not any(why for _, why in told)
    if not told:
        assert corrected == text.encode()


def test_gzip_is_unpacked(engine: Engine) -> None:
    for data in (write(FILE), json.dumps(CLAIM).encode(), b"\xef\xbb\xbf" + write(FILE)):
        assert correct(engine, gzip.compress(data)) == correct(engine, data)


def test_of_other_formats_it_is_said_what_could_be_corrected(engine: Engine) -> None:
    table = b"claim_id,procedure,service_date,charge,place_of_service,sex\nA-1,98940,2026-03-02,45,1,F\n"
    fhir = (Path(__file__).parents[1] / "golden" / "intake" / "professional-claim.fhir.json").read_bytes()
    assert correct(engine, table) == (table, [("CLM117 row 2 column place_of_service", OTHER_FORMAT)])
    assert correct(engine, fhir)[0] == fhir


def test_a_record_that_is_not_as_it_was_read_is_left_alone() -> None:
    told: list[str] = []
    repair = Repair("X", "", ("patient", "sex"), "f", "F")
    for record in (b'{"patient":{"sex":"m"}}', b'{"patient":{}}', b'{"patient":{"sex":1}}'):
        assert corrected_record(record, [repair], lambda _, why: told.append(why)) == record
    assert told == [NOT_FOUND] * 3
    with pytest.raises(Damaged, match="changed while it was read"):
        b"".join(corrected_json(BytesIO(b"[]"), [Rewritten(b"{}", b"{ }")]))


def test_advice_that_is_more_than_another_text_is_left_out(engine: Engine) -> None:
    told: list[str] = []
    read = claims_of(json.dumps(CLAIM).encode())[0]
    result = scrub(engine, read)
    for patch in (
        None,
        ({"op": "remove", "path": "/place_of_service"},),
        ({"op": "replace", "path": "/place_of_service", "value": 1},),
        ({"op": "replace", "path": "/frequency_code", "value": "1"},),
    ):
        advice = Advice("Do.", "safe", patch)
        findings = tuple(
            replace(finding, advice=advice) for finding in result.findings if finding.edit == "CLM117"
        )
        assert safe_repairs(read, replace(result, findings=findings), lambda _, why: told.append(why)) == []
    assert told == ["it is not the replacement of one text"] * 8
