"""Bytes to a claim: what is read, what is refused, and that no message quotes what was sent."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from scrubber.api.schemas import claim_errors
from scrubber.claim import Claim
from scrubber.intake import claim_json
from scrubber.intake.claim_json import ClaimInvalid, FieldError, NotJson, decode_claim, json_value

LINE = {"procedure": "98940", "service_date": "2026-03-02", "charge": "45.00"}
CLAIM = {"claim_id": "A-1", "payer": {"claim_filing_indicator": "MB"}, "lines": [LINE]}


def body(**changed: Any) -> bytes:
    """The least claim there is, with these fields on its line."""
    return json.dumps({**CLAIM, "lines": [{**LINE, **changed}]}).encode()


def with_raw(field: str, raw: str) -> bytes:
    """The least claim with a field of its line written just so."""
    return body(**{field: "@"}).replace(b'"@"', raw.encode("utf-8", "surrogatepass"))


def errors(content: bytes) -> tuple[FieldError, ...]:
    with pytest.raises(ClaimInvalid) as refused:
        decode_claim(content)
    return refused.value.errors


def pointers(content: bytes) -> list[str]:
    return [error.pointer for error in errors(content)]


def test_a_claim_is_read() -> None:
    claim = decode_claim(body(units=2, diagnosis_pointers=[1, "B"], modifiers=["at"]))
    line = claim.lines[0]
    assert (line.charge, line.units, line.pointers, line.modifiers) == (Decimal("45.00"), 2, (1, 2), ("AT",))
    assert line.service_date == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("raw", "charge"),
    [
        ('"45.00"', "45.00"),
        ("45", "45"),
        ("45.10", "45.10"),
        ("0", "0"),
        ('"0.05"', "0.05"),
        ("99999999.99", "99999999.99"),
        ("4510e-2", "45.10"),
    ],
)
def test_numbers_that_are_read(raw: str, charge: str) -> None:
    read = decode_claim(with_raw("charge", raw)).lines[0].charge
    assert str(read) == charge


ODD_NUMBERS = [
    '" 45"', '"45 "', '"4_5"', '"+45"', '"-45"', '"45."', '".5"', '"4e1"', '"NaN"', '"sNaN"', '"Infinity"', '"-0"',
    '"٤٥"', '"４５"', '"45.001"', '"100000000"', '"1e400"', '""', '"45\\n"', '"\\u0034\\u00355.000"',
    "-45", "-0.0", "45.001", "1e400", "1E2", "100000000", "1" * 400, "1" * 5000, "0." + "1" * 400, "true", "null",
    "[45]", "{}", "1e99999999999999999999999",
]  # fmt: skip


@pytest.mark.parametrize("raw", ODD_NUMBERS, ids=range(len(ODD_NUMBERS)))
def test_numbers_that_are_refused(raw: str) -> None:
    assert pointers(with_raw("charge", raw)) == ["/lines/0/charge"]


@pytest.mark.parametrize("raw", ["NaN", "Infinity", "-Infinity"])
def test_what_only_looks_like_a_number_in_json_is_told_with_its_place(raw: str) -> None:
    (error,) = errors(with_raw("charge", raw))
    assert error == FieldError("/lines/0/charge", "NaN and Infinity are not allowed.")


def test_units_have_three_decimals() -> None:
    assert decode_claim(body(units="0.125")).lines[0].units == Decimal("0.125")
    assert pointers(body(units="0.1255")) == ["/lines/0/units"]


def test_only_adjustments_may_be_negative() -> None:
    adjudication = {
        "payer_id": "P",
        "paid": "1",
        "adjustments": [{"group": "CO", "reason": "45", "amount": "-3.5"}],
    }
    read = decode_claim(body(adjudications=[adjudication])).lines[0].adjudications[0]
    assert read.adjustments[0].amount == Decimal("-3.5")
    assert pointers(body(adjudications=[{**adjudication, "paid": "-1"}])) == ["/lines/0/adjudications/0/paid"]


@pytest.mark.parametrize("text", ["1900-01-01", "2199-12-31", "2024-02-29"])
def test_dates_that_are_read(text: str) -> None:
    assert decode_claim(body(service_date=text)).lines[0].service_date.isoformat() == text


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "2026-02-30", "20260302", "2026-3-2", " 2026-03-02",
        "2026-03-02T00:00:00", "٢٠٢٦-٠٣-٠٢", "", "0000-00-00", "2026-W10-1",
    ],
)  # fmt: skip
def test_dates_that_are_refused(text: str) -> None:
    assert pointers(body(service_date=text)) == ["/lines/0/service_date"]
    assert pointers(body(service_date_to=text)) == ["/lines/0/service_date_to"]


STRANGE = [*map(chr, (0, 9, 10, 31, 127, 0x85, 0x9F, 0xD800, 0xDFFF))]


@pytest.mark.parametrize("character", STRANGE, ids=map(ascii, STRANGE))
def test_no_text_holds_control_characters_or_half_surrogate_pairs(character: str) -> None:
    assert pointers(body(ndc=f"a{character}b")) == ["/lines/0/ndc"]
    assert pointers(body(modifiers=["AT", character])) == ["/lines/0/modifiers/1"]
    # msgspec would strip or accept these before they are seen.
    assert pointers(body(procedure=f"98940{character}")) == ["/lines/0/procedure"]
    assert pointers(body(diagnosis_pointers=[f"1{character}"])) == ["/lines/0/diagnosis_pointers/0"]


def test_characters_of_people_are_welcome() -> None:
    claim = {**CLAIM, "payer": {"name": "Ærø Sygeforsikring ünd 😀"}}
    for ascii_only in (True, False):
        assert (
            decode_claim(json.dumps(claim, ensure_ascii=ascii_only).encode()).payer.name
            == claim["payer"]["name"]
        )  # type: ignore[index]


def test_an_unknown_field_is_named_with_its_place() -> None:
    assert errors(body(colour="red")) == (FieldError("/lines/0/colour", "Unknown field."),)
    assert errors(json.dumps({**CLAIM, "a/b~c": 1}).encode()) == (FieldError("/a~1b~0c", "Unknown field."),)
    (long,) = pointers(json.dumps({**CLAIM, "x" * 1000: 1}).encode())
    assert len(long) < 100


def test_of_an_unknown_field_the_one_that_is_meant_is_named() -> None:
    for wrong, meant in {
        "diagnosis_pointer": "diagnosis_pointers",
        "proceduer": "procedure",
        "Units": "units",
    }.items():
        (error,) = errors(body(**{wrong: 1}))
        assert error == FieldError(f"/lines/0/{wrong}", f"Unknown field. Is {meant} meant?")
        lines = [{**LINE, wrong: 1}]
        assert claim_errors({**CLAIM, "lines": lines}) == (error,)


def test_missing_and_null() -> None:
    assert errors(b"{}") == (FieldError("/claim_id", "Missing data for required field."),)
    assert pointers(body(charge=None)) == ["/lines/0/charge"]
    assert pointers(body(modifiers=None)) == ["/lines/0/modifiers"]
    assert decode_claim(body(ndc=None)).lines[0].ndc is None


def test_the_last_of_two_keys_counts() -> None:
    assert decode_claim(with_raw("ndc", '"1","ndc":"2"')).lines[0].ndc == "2"
    assert decode_claim(with_raw("charge", '"NaN","charge":"2"')).lines[0].charge == 2
    assert pointers(with_raw("charge", '"2","charge":"NaN"')) == ["/lines/0/charge"]


@pytest.mark.parametrize(
    ("content", "position"),
    [
        (b"", 0),
        (b" \n", 0),
        (b"{", 1),
        (b'{"claim_id": "A"', 16),
        (b'{"claim_id": "A" "payer"', 17),
        (b"{} {}", 3),
        (b"\xef\xbb\xbf{}", 0),
        (b'{"claim_id": "\xff"}', 14),
        (b'{"claim_id": "\xed\xa0\x80"}', 14),
        ('{"ä": 01}'.encode(), 8),
        (b'{"claim_id": "a\x00b"}', 15),
        (b"{'claim_id': 1}", 1),
    ],
)
def test_what_is_not_json_is_told_with_its_byte(content: bytes, position: int) -> None:
    with pytest.raises(NotJson) as refused:
        decode_claim(content)
    assert refused.value.position == position
    with pytest.raises(NotJson):
        json_value(content)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b'{"claim_id":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"claim_id":"\\ud800","x":' + b"[" * 990 + b"]" * 990 + b"}",
        b'{"a":[' + b"1," * 400_000 + b"1]}",
    ],
)
def test_hostile_shapes_are_refused(content: bytes) -> None:
    assert errors(content)


def test_malformed_json_is_that_even_where_its_beginning_is_wrong() -> None:
    with pytest.raises(NotJson):
        decode_claim(b'{"unknown": 1, ')


MARK = "Zaphod"


@pytest.mark.parametrize(
    "content",
    [
        body(charge=MARK),
        body(charge=[MARK]),
        body(service_date=MARK),
        body(diagnosis_pointers=[MARK]),
        body(procedure={MARK: 1}),
        body(ndc=MARK * 100),
        body(ndc=MARK + "\x00"),
        body(ndc=MARK + "\ud800"),
        json.dumps({**CLAIM, "documentation": {"imaging": MARK}}).encode(),
        json.dumps({**CLAIM, "documentation": {"findings": [MARK]}}).encode(),
        json.dumps({**CLAIM, "patient": MARK}).encode(),
        json.dumps(MARK).encode(),
        body(ndc=MARK)[:-5] + MARK.encode(),
    ],
)
def test_no_message_quotes_a_value(content: bytes) -> None:
    with pytest.raises(ClaimInvalid) as refused:
        decode_claim(content)
    assert MARK not in str(refused.value)
    assert MARK not in repr(refused.value.errors)


def leaves(
    kind: inspect.Type, location: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], inspect.Type]]:
    """Every plain value a claim may have: its path ("*" an array's item) and its type."""
    match kind:
        case inspect.StructType(fields=members):
            for member in members:
                yield from leaves(member.type, (*location, member.encode_name))
        case inspect.VarTupleType(item_type=item):
            yield from leaves(item, (*location, "*"))
        case inspect.UnionType(types=types):
            for one in types:
                yield from leaves(one, location)
        case _:
            yield location, kind


def plain(kind: inspect.Type) -> Any:
    """The least JSON that a type accepts."""
    match kind:
        case inspect.StructType(fields=members):
            return {member.encode_name: plain(member.type) for member in members if member.required}
        case inspect.VarTupleType(item_type=item, min_length=shortest):
            return [plain(item)] if shortest else []
        case inspect.DateType():
            return "2026-01-01"
        case inspect.DecimalType():
            return "1"
    return "x"


def put(kind: inspect.Type, location: tuple[str, ...], value: object) -> Any:
    """The least JSON of a type that has ``value`` at ``location``."""
    if not location:
        return value
    match kind:
        case inspect.UnionType(types=types):
            return put(types[0], location, value)
        case inspect.VarTupleType(item_type=item):
            return [put(item, location[1:], value)]
        case inspect.StructType(fields=members):
            inner = next(member.type for member in members if member.encode_name == location[0])
            return {**plain(kind), location[0]: put(inner, location[1:], value)}
    raise AssertionError(location)


KINDS = inspect.type_info(Claim)
NUMBERS = sorted({location for location, kind in leaves(KINDS) if isinstance(kind, inspect.DecimalType)})
DATES = sorted({location for location, kind in leaves(KINDS) if isinstance(kind, inspect.DateType)})
TEXTS = sorted({location for location, kind in leaves(KINDS) if isinstance(kind, inspect.StrType)})


def at(location: tuple[str, ...], value: object) -> bytes:
    return json.dumps(put(KINDS, location, value)).encode()


def test_the_walk_finds_the_values_it_should() -> None:
    assert ("lines", "*", "charge") in NUMBERS
    assert ("lines", "*", "service_date") in DATES
    assert ("patient", "birth_date") in DATES
    assert ("lines", "*", "modifiers", "*") in TEXTS


@pytest.mark.parametrize("location", NUMBERS, ids="/".join)
def test_every_number_of_a_claim_is_checked(location: tuple[str, ...]) -> None:
    assert decode_claim(at(location, "1.5"))
    assert decode_claim(at(location, 1))
    for odd in (" 1", "1_0", "NaN", "1e2", "100000000", 1e300, "0.0001"):
        assert pointers(at(location, odd)) == ["/" + "/".join(location).replace("*", "0")]


@pytest.mark.parametrize("location", DATES, ids="/".join)
def test_every_date_of_a_claim_is_checked(location: tuple[str, ...]) -> None:
    assert decode_claim(at(location, "2026-03-02"))
    for odd in ("0001-01-01", "9999-12-31"):
        assert pointers(at(location, odd)) == ["/" + "/".join(location).replace("*", "0")]


@pytest.mark.parametrize("location", TEXTS, ids="/".join)
def test_every_text_of_a_claim_is_checked(location: tuple[str, ...]) -> None:
    assert pointers(at(location, "1\x00")) == ["/" + "/".join(location).replace("*", "0")]
    assert pointers(at(location, "1\x7f")) == ["/" + "/".join(location).replace("*", "0")]


NUMBERS_AS_WRITTEN = st.one_of(
    st.from_regex(r'"?-?[0-9]{1,9}(\.[0-9]{0,4})?"?', fullmatch=True),
    st.decimals(allow_nan=True, allow_infinity=True).map(lambda number: f'"{number}"'),
    st.sampled_from(ODD_NUMBERS),
)
BLANKS = st.text(" \t\n\r", max_size=3)


@given(charge=NUMBERS_AS_WRITTEN, units=NUMBERS_AS_WRITTEN, day=st.dates(), before=BLANKS, behind=BLANKS)
def test_the_screen_never_lets_a_fault_pass(
    charge: str, units: str, day: date, before: str, behind: str
) -> None:
    content = (
        f'{{"claim_id":"1","payer":{{}},"lines":[{{"procedure":"1","service_date":"{day}","charge"{before}:{behind}'
        f'{charge}{before},"units":{before}{units}{behind}}}]}}'
    ).encode()
    try:
        claim = claim_json._CLAIM.decode(content)
    except claim_json.msgspec.DecodeError:
        return
    if claim_json._is_plain(content):
        assert list(claim_json._faults(claim, json_value(content), ())) == []
