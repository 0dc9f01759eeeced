"""msgspec and marshmallow read claims alike: what one refuses the other refuses, what both accept is the same claim.

A body that msgspec refuses is read by marshmallow to tell every error. Were the two to differ, a caller would be
told that nothing is wrong with a claim that was refused.
"""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from scrubber.api.schemas import claim_errors, schema_for
from scrubber.claim import Claim
from scrubber.intake.claim_json import ClaimInvalid, decode_claim, json_value

RAW = "@raw:"
"""A text that begins so stands for JSON written just as the rest of it says."""


def mostly(good: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Good values, and now and then an odd one: so that a whole claim is good about as often as not."""
    return st.integers(0, 59).flatmap(lambda chance: odd if chance == 59 else good)


TEXTS = mostly(
    st.sampled_from(["", "1", "98940", " m54.2 ", "M99.01", "AT", "at", "IA", "1234567893", "Ærø 😀"]),
    st.one_of(
        st.text(max_size=20),
        st.text(alphabet='aé😀\x00\n\x7f\x85\ud800\udc00\\"/@', max_size=6),
        st.integers(15, 210).map(lambda length: "x" * length),
    ),
)
NUMBERS = mostly(
    st.one_of(
        st.decimals(0, 99999999, places=2).map(str),
        st.integers(0, 99999999),
        st.sampled_from([45.0, 45.5, RAW + "45.00", RAW + "4500e-2", RAW + "99999999.99"]),
    ),
    st.one_of(
        st.floats(-1000, 1000, width=32),
        st.sampled_from(
            ["45.001", "0.125", " 1", "1_0", "+1", "-1", "-0", "NaN", "Infinity", "1e3", "٤٥", ".5", "5."]
        ),
        st.sampled_from(["1E2", "-0", "-0.0", "-5", "1e400", "1e-400", "45.000", "100000000", "1" * 30]).map(
            RAW.__add__
        ),
    ),
)
DATES = mostly(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str),
    st.one_of(
        st.dates().map(str),
        st.sampled_from(
            ["0001-01-01", "2026-02-30", "20260101", "2026-1-1", "2026-01-01T00:00", "٢٠٢٦-٠١-٠١", "soon"]
        ),
    ),
)
POINTERS = mostly(
    st.one_of(st.integers(0, 99), st.sampled_from(["A", "l", " 1 ", "12"])),
    st.one_of(
        st.sampled_from(["M", "100", "1\n", "٣", "", "AA"]),
        st.sampled_from(["1.0", "1e0", "100", "-1", "-0", "12345678901234567890123", "true"]).map(
            RAW.__add__
        ),
    ),
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    NUMBERS,
    DATES,
    TEXTS,
    st.builds(list),
    st.builds(dict),
    st.builds(lambda: [[]]),
    st.builds(lambda: {"a": {"b": []}}),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "1e99999999999999999999"]).map(RAW.__add__),
)


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """JSON that a type might accept: mostly right, sometimes odd."""
    match kind:
        case inspect.StructType(fields=members):
            needed = {member.encode_name: values(member.type) for member in members if member.required}
            further = {member.encode_name: values(member.type) for member in members if not member.required}
            return st.fixed_dictionaries(needed, optional=further)
        case inspect.VarTupleType(item_type=item, min_length=shortest):
            return st.lists(values(item), min_size=shortest or 0, max_size=3)
        case inspect.UnionType(types=(inspect.IntType(), inspect.StrType())):
            return POINTERS
        case inspect.UnionType(types=types):
            return st.one_of(*map(values, types))
        case inspect.StrType():
            return TEXTS
        case inspect.DateType():
            return DATES
        case inspect.DecimalType():
            return NUMBERS
        case inspect.BoolType():
            return st.booleans()
        case inspect.LiteralType(values=choices):
            return mostly(st.sampled_from(choices), st.just("other"))
        case inspect.NoneType():
            return st.none()
    raise TypeError(kind)


CLAIMS = values(inspect.type_info(Claim))

GOOD = {
    "claim_id": "A-1",
    "payer": {"id": "05102", "claim_filing_indicator": "MB"},
    "patient": {"birth_date": "1950-04-02", "sex": "F"},
    "billing_provider": {"npi": "1234567893", "address": {"state": "IA", "zip": "50309"}},
    "dates": {"initial_treatment": "2026-02-20"},
    "documentation": {"imaging": "ct", "conservative_care": True, "findings": ["deformity"]},
    "diagnoses": ["M99.01", "M54.2"],
    "total_charge": 45.0,
    "lines": [
        {
            "procedure": "98940",
            "modifiers": ["AT"],
            "diagnosis_pointers": [1, "B"],
            "service_date": "2026-03-02",
            "units": "1",
            "charge": "45.00",
        }
    ],
}


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, itself included."""
    found = [place]
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        found += places(part, (*place, step))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A good claim with one to three places dropped, retyped, wrapped, doubled or given an unknown field."""
    claim: Any = json.loads(json.dumps(GOOD))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(claim)))
        change = draw(st.sampled_from(["odd", "drop", "wrap", "unknown", "again", "many"]))
        if not place:
            continue
        *way, last = place
        parent = claim
        for step in way:
            parent = parent[step]
        if change == "drop":
            del parent[last]
        elif change == "wrap":
            parent[last] = [parent[last]]
        elif change == "unknown":
            if isinstance(parent, dict):
                parent[draw(st.sampled_from(["colour", "_schema", "Charge", "", "\ud800", "a/b", "a.b"]))] = (
                    draw(ODD)
                )
        elif change == "again":
            if isinstance(parent, list):
                parent.append(parent[last])
        elif change == "many":
            if isinstance(parent, list):
                parent += [parent[last]] * draw(st.sampled_from([3, 12, 24, 99, 999]))
        else:
            parent[last] = draw(ODD)
    return claim


def written(claim: Any, *, ascii_only: bool, indent: int | None = None) -> bytes:
    """The claim as JSON, with what stands behind ``RAW`` written just so."""
    text = json.dumps(claim, ensure_ascii=ascii_only, indent=indent)
    while (start := text.find(f'"{RAW}')) >= 0:
        end = text.index('"', start + 1)
        text = text[:start] + text[start + 1 + len(RAW) : end] + text[end + 1 :]
    return text.encode("utf-8", "surrogatepass")


def by_msgspec(body: bytes) -> Claim | None:
    try:
        return decode_claim(body)
    except ClaimInvalid:
        return None


def by_marshmallow(body: bytes) -> Claim | None:
    try:
        value = json_value(body)
    except ClaimInvalid:
        return None
    if claim_errors(value):
        return None
    read = schema_for(Claim).load(value)  # type: ignore[arg-type]
    return msgspec.convert(read, Claim, builtin_types=(date, Decimal))


def agree(body: bytes) -> Claim | None:
    claim = by_msgspec(body)
    assert by_marshmallow(body) == claim
    return claim


def test_the_good_claim_is_good() -> None:
    assert agree(written(GOOD, ascii_only=True)) is not None


@settings(max_examples=300, deadline=None)
@given(claim=CLAIMS, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_claims_of_any_content(claim: Any, ascii_only: bool, indent: int | None) -> None:
    agree(written(claim, ascii_only=ascii_only, indent=indent))


@settings(max_examples=600, deadline=None)
@given(claim=mutated(), ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
@example(claim={**GOOD, "lines": GOOD["lines"] * 1000}, ascii_only=True, indent=None)  # type: ignore[operator]
@example(claim={**GOOD, "lines": []}, ascii_only=True, indent=None)
@example(claim=[GOOD], ascii_only=True, indent=None)
@example(claim=None, ascii_only=True, indent=None)
def test_good_claims_with_something_changed(claim: Any, ascii_only: bool, indent: int | None) -> None:
    agree(written(claim, ascii_only=ascii_only, indent=indent))


@settings(max_examples=200, deadline=None)
@given(claim=mutated(), data=st.data())
def test_json_cut_or_spoiled(claim: Any, data: st.DataObject) -> None:
    body = bytearray(written(claim, ascii_only=False))
    if data.draw(st.booleans()):
        del body[data.draw(st.integers(0, len(body) - 1)) :]
    else:
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    # Where a key stands twice the decoder also checks the first, so only one of the two may refuse.
    claim_read = by_msgspec(bytes(body))
    if claim_read is not None:
        assert by_marshmallow(bytes(body)) == claim_read
