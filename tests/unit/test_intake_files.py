"""Telling formats apart; JSON, NDJSON and gzip as streams."""

import gzip
import io
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scrubber.claim import Claim
from scrubber.intake import files
from scrubber.intake.files import read_claims
from scrubber.intake.json_array import Broken, array_elements
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.stream import RATIO_FROM, Stream, lines


def claim(claim_id: str = "A-1", **difference: Any) -> dict[str, Any]:
    line = {"procedure": "98940", "service_date": "2026-03-02", "charge": "45.00", "diagnosis_pointers": [1]}
    return {
        "claim_id": claim_id,
        "payer": {"id": "05102"},
        "diagnoses": ["M99.01"],
        "lines": [line],
        **difference,
    }


def fhir(claim_id: str = "F-1") -> dict[str, Any]:
    return {
        "resourceType": "Claim",
        "id": claim_id,
        "use": "claim",
        "type": {"coding": [{"code": "professional"}]},
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [{"code": "M99.01"}]}}],
        "item": [
            {
                "diagnosisSequence": [1],
                "productOrService": {"coding": [{"code": "98940"}]},
                "servicedDate": "2026-03-02",
                "net": {"value": 45.00},
            }
        ],
    }


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}


def dumps(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def read(content: bytes, **arguments: Any) -> list[Received | Unreadable]:
    return list(read_claims(io.BytesIO(content), "file", **arguments))


def told(readings: list[Received | Unreadable]) -> list[str]:
    """Claim ids of what was received, places of what was not."""
    return [one.claim.claim_id if isinstance(one, Received) else one.place for one in readings]


def in_pieces(content: bytes, size: int) -> Stream:
    source = io.BytesIO(content)
    return Stream(lambda asked: source.read(min(asked, size)))


CSV = b"claim_id,procedure,service_date,charge\nC-1,98940,2026-03-02,45.00\n"


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        (dumps(claim())[0], ["A-1"]),
        (json.dumps(claim(), indent=2).encode(), ["A-1"]),
        (b"\xef\xbb\xbf \n" + dumps(claim())[0] + b"\n\n", ["A-1"]),
        (dumps([claim(), claim("A-2")])[0], ["A-1", "A-2"]),
        (json.dumps([claim(), claim("A-2")], indent=2).encode(), ["A-1", "A-2"]),
        (b"[]", []),
        (b"\n".join(dumps(claim(), claim("A-2"))), ["A-1", "A-2"]),
        (b"\r\n\r\n".join(dumps(claim(), claim("A-2"))) + b"\r\n", ["A-1", "A-2"]),
        (dumps(fhir())[0], ["F-1"]),
        (json.dumps(fhir(), indent=1).encode(), ["F-1"]),
        (b"\n".join(dumps(fhir(), claim(), fhir("F-2"))), ["F-1", "A-1", "F-2"]),
        (dumps([fhir(), fhir("F-2")])[0], ["F-1", "F-2"]),
        (
            dumps(bundle(fhir(), fhir("F-2")))[0],
            ["F-1", "F-2"],
        ),
        (CSV, ["C-1"]),
        (CSV.replace(b",", b"\t"), ["C-1"]),
    ],
)
def test_formats_are_told_apart_by_content(content: bytes, ids: list[str]) -> None:
    for packed in (
        content,
        gzip.compress(content, mtime=0),
        gzip.compress(content[:50], mtime=0) + gzip.compress(content[50:], mtime=0),
    ):
        assert told(read(packed)) == ids


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n ", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b" " * 70_000, "holds nothing"),
        (b"\0\1binary", "neither JSON nor NDJSON"),
        (b"Dear Sir or Madam,\nplease find", "neither JSON nor NDJSON"),
        (b"a,b,c\n1,2,3\n", "claim_id"),
        (b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml", "Excel workbook"),
        (b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0claims.csv", "zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xfd7zXZ\0", "pack it with gzip"),
        (CSV.decode().encode("utf-16"), "UTF-16"),
        (CSV.decode().encode("utf-16-le"), "UTF-16"),
        (json.dumps(claim()).encode("utf-16-be"), "UTF-16"),
        (b'<?xml version="1.0"?><Claim xmlns="http://hl7.org/fhir"/>', "XML"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"MSH|^~\\&|A|B\rPID|1", "HL7 version 2"),
        (b"GS*HC*A*B*20260302*1200*1*X*005010X222A1~", "ISA"),
        (b"{\\rtf1\\ansi", "RTF"),
        (gzip.compress(gzip.compress(CSV, mtime=0), mtime=0), "twice"),
        (b"\x1f\x8b\x08\0\0", "cut off"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff\xff", "damaged"),
        (gzip.compress(b'{"claim_id": "A-1", "payer": ', mtime=0)[:25], "cut off"),
        (b"[1,", "not well-formed"),
        (b"[", "not well-formed"),
        (b'[{"claim_id": "A"', "not well-formed"),
        (b"[] []", "something follows"),
    ],
)
def test_what_is_not_understood_is_named(content: bytes, says: str) -> None:
    with pytest.raises(FileNotUnderstood, match=f"^file.*{says}") as error:
        read(content)
    assert "\n" not in str(error.value)


def test_x12_is_handed_on_with_its_first_byte() -> None:
    envelope = b"ISA*00*%10s*00*%10s*ZZ*%15s*ZZ*%15s*260302*1200*^*00501*000000001*0*P*:~" % (
        b"",
        b"",
        b"A",
        b"B",
    )
    for before in (b"", b"\xef\xbb\xbf", b"\r\n ", b"\xef\xbb\xbf\n"):
        for content in (before + envelope, gzip.compress(before + envelope)):
            assert not [one for one in read(content) if isinstance(one, Received)]
    with pytest.raises(FileNotUnderstood, match="X12"):
        read(b"ISA*00*          *00*          *ZZ*A")


def test_places_are_those_of_the_file() -> None:
    bad = claim("A-2", diagnoses=[1])
    (first, second) = read(b"\n" + b"\n".join(dumps(claim(), bad)))
    assert isinstance(first, Received)
    assert (first.place, first.locate(("lines", 0, "charge"))) == ("file line 2", "line 2 /lines/0/charge")
    assert isinstance(second, Unreadable)
    assert (second.place, second.claim_id) == ("file line 3", "A-2")
    assert second.message == "/diagnoses/0: Expected str, got int."
    (first, second) = read(dumps([claim(), bad])[0])
    assert isinstance(first, Received)
    assert (first.place, first.locate(("lines", 0, "charge"))) == ("file /0", "/0/lines/0/charge")
    assert isinstance(second, Unreadable)
    assert (second.place, second.message) == ("file /1", "/diagnoses/0: Expected str, got int.")
    (one,) = read(dumps(claim())[0])
    assert isinstance(one, Received)
    assert (one.place, one.locate(("lines", 0, "charge"))) == ("file", "/lines/0/charge")
    (one,) = read(b"\n".join(dumps(fhir(), fhir()))[:-1])[:1]
    assert isinstance(one, Received)
    assert one.locate(("lines", 0, "charge")) == "line 1 Claim.item[0].net"
    (one,) = read(dumps([fhir()])[0])
    assert isinstance(one, Received)
    assert (one.place, one.locate(("lines", 0, "charge"))) == ("file /0", "/0 Claim.item[0].net")


BROKEN = [
    b'{"claim_id": "X", "lines": [}',
    b'{"claim_id": "X", "lines": [{"procedure": "98940"]}',
    b'{"claim_id": "X, "payer": {}}',
    b'{"claim_id": "X", "payer": {',
    b'{"claim_id": "X"}}',
    b'{"claim_id": tru}',
    b"{",
    b"7",
    b"nonsense",
    b'{"claim_id": "X", "payer": {}, "lines": []}',
    b'{"claim_id": "X\xff"}',
    b'{"claim_id": "\\ud800"}',
    b"[" * 500,
    b'{"a":' * 500 + b"1" + b"}" * 500,
    b'"' + b"x" * 100_000,
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_broken_record_costs_no_other(broken: bytes, before: int) -> None:
    good = dumps(*(claim(f"A-{number}") for number in range(6)))
    ids = [f"A-{number}" for number in range(6)]
    if before or len(broken) < files.SEEN:
        ndjson = read(b"\n".join([*good[:before], broken, *good[before:]]))
        assert told(ndjson) == [*ids[:before], f"file line {before + 1}", *ids[before:]]
    array = read(b"[" + b", ".join([*good[:before], broken, *good[before:]]) + b"]")
    assert [one for one in told(array) if one.startswith("A-")] == ids
    assert f"file /{before}" in told(array)


def test_a_record_of_too_many_bytes_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_RECORD", 400_000)
    huge = claim("X", note="x" * 900_000)
    good = [claim("A-1"), claim("A-2", note="y" * 150)]
    readings = read(b"\n".join(dumps(good[0], huge, good[1])))
    assert told(readings) == ["A-1", "file line 2", "A-2"]
    assert "400000 bytes" in readings[1].message  # type: ignore[union-attr]
    readings = read(dumps([good[0], huge, good[1]])[0])
    assert told(readings) == ["A-1", "file /1", "A-2"]
    assert "400000 bytes" in readings[1].message  # type: ignore[union-attr]
    with pytest.raises(FileNotUnderstood, match="further"):
        read(b'[{"x": "' + b"x" * 900_000 + b'"}, {"y": 1}]')


def test_a_json_document_is_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_DOCUMENT", 300_000)
    blank = b" " * 290_000
    assert told(read(blank[:200_000].join([b"{", dumps(claim())[0][1:]]))) == ["A-1"]
    with pytest.raises(FileNotUnderstood, match="NDJSON"):
        read(b"{" + blank + blank + dumps(claim())[0][1:])


def test_a_cut_off_gzip_file_gives_what_is_whole() -> None:
    content = b"\n".join(
        dumps(*(claim(f"A-{number}", note=f"{hash(str(number))}") for number in range(5000)))
    )
    readings = read(gzip.compress(content)[:-2000])
    assert len(readings) > 3000
    assert all(isinstance(one, Received) for one in readings[:-1])
    assert isinstance(readings[-1], Unreadable)
    assert "cut off" in readings[-1].message
    changed = bytearray(gzip.compress(content))
    changed[-6] ^= 1
    readings = read(bytes(changed))
    assert isinstance(readings[-1], Unreadable)
    assert "damaged" in readings[-1].message
    assert told(read(gzip.compress(content) + b"\0" * 1024)) == told(read(content))
    assert "other data" in read(gzip.compress(content) + b"...")[-1].message  # type: ignore[union-attr]


def bomb(size: int) -> bytes:
    """A gzip file of one claim and blanks."""
    packer = zlib.compressobj(9, wbits=31)
    blank = b" " * 1_000_000
    packed = [
        packer.compress(b"\n".join(dumps(claim(), claim(), ""))),
        *(packer.compress(blank) for _ in range(size // len(blank))),
    ]
    return b"".join(packed) + packer.flush()


def test_a_gzip_bomb_ends_at_the_ratio_and_at_the_size() -> None:
    packed = bomb(RATIO_FROM + 20_000_000)
    tracemalloc.start()
    readings = read(packed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told(readings)[0] == "A-1"
    assert "400 times" in readings[-1].message  # type: ignore[union-attr]
    assert peak < 20_000_000
    assert "100000 bytes" in read(packed, most_unpacked=100_000)[-1].message  # type: ignore[union-attr]
    assert told(read(packed, most_ratio=10_000))[0] == "A-1"


class Endless(io.RawIOBase):
    """A stream of ``size`` bytes of one record over and over, made as it is read."""

    def __init__(self, first: bytes, again: bytes, size: int) -> None:
        super().__init__()
        self.left = size
        self.block = again * (1 + 1_000_000 // len(again))
        self.period = len(again)
        self.at = 0
        self.ahead = first

    def read(self, size: int = -1) -> bytes:
        if self.ahead:
            data, self.ahead = self.ahead[:size], self.ahead[size:]
            return data
        if self.left <= 0:
            return b""
        data = self.block[self.at : self.at + size]
        self.at = (self.at + len(data)) % self.period
        self.left -= len(data)
        return data


PADDED = dumps(claim())[0].replace(b", ", b"," + b" " * 10_000)
BUNDLE = dumps(
    {"resourceType": "Bundle", "entry": [{"resource": fhir()}], "signature": {"data": "x" * 60_000}}
)[0]


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"", PADDED + b"\n"),
        (b"[", PADDED + b","),
        (b"[", PADDED.replace(b'{"claim_id"', b'{ "note": null, "claim_id"', 1) + b","),
        (b"", BUNDLE + b"\n"),
        (
            b"claim_id,procedure,service_date,charge\n",
            b'C-1,98940,"' + b" " * 40_000 + b'2026-03-02",45.00\n',
        ),
        (b"claim_id,procedure,service_date,charge\n", b'C-1,98940,2026-03-02,"45.00' + b" " * 4_000 + b"\n"),
        (b"{", b" " * 100_000),
    ],
)
def test_memory_does_not_grow_with_the_file(first: bytes, again: bytes) -> None:
    """Of files that are many times what may be kept; the records are padded so that it takes seconds."""
    tracemalloc.start()
    count = 0
    try:
        for reading in read_claims(
            Endless(first, again, 200_000_000 if first == b"{" else 80_000_000), "file"
        ):  # type: ignore[arg-type]
            assert isinstance(reading, Received | Unreadable)
            count += 1
    except FileNotUnderstood:
        assert first == b"{" or not count
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (100_000_000 if first == b"{" else 16_000_000)


claims = st.builds(
    lambda number, note, charge, codes, lines: claim(
        f"A-{number}",
        claim_note=None,
        note=note,
        diagnoses=codes,
        lines=[{**line, "charge": f"{charge}.5"} for line in lines],
    ),
    st.integers(0, 10**6),
    st.none() | st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40),
    st.integers(0, 99_999_999),
    st.lists(st.sampled_from(["M99.01", "M542", "S13.4XXA"]), max_size=12),
    st.lists(st.sampled_from(claim()["lines"]), min_size=1, max_size=5),
).map(lambda made: {key: value for key, value in made.items() if key != "claim_note"})


@given(
    st.lists(claims, max_size=6),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 7, 100, 10_000]),
)
@settings(deadline=None)
def test_ndjson_and_arrays_round_trip(
    values: list[dict[str, Any]], indent: int | None, ascii_only: bool, sort: bool, size: int
) -> None:
    expected = [received(one) for one in values]
    dump: Callable[[object], str] = lambda value: json.dumps(value, ensure_ascii=ascii_only, sort_keys=sort)  # noqa: E731
    array = json.dumps(values, indent=indent, ensure_ascii=ascii_only, sort_keys=sort).encode()
    ndjson = "\n".join(map(dump, values)).encode()
    for content in (array, ndjson):
        if content:
            source = io.BytesIO(content)
            piecewise = Stream(lambda asked, source=source: source.read(min(asked, size)))  # type: ignore[misc]
            readings = list(read_claims(piecewise, "file"))  # type: ignore[arg-type]
            assert [one.claim for one in readings] == expected  # type: ignore[union-attr]


def received(value: dict[str, Any]) -> Claim:
    (one,) = read(json.dumps(value).encode())
    assert isinstance(one, Received), one
    return one.claim


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.just("claim"), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.lists(json_values), st.sampled_from([None, 0, 1]), st.sampled_from([1, 3, 50]))
@settings(deadline=None)
def test_the_elements_of_any_array_are_found(values: list[object], indent: int | None, size: int) -> None:
    content = json.dumps(values, indent=indent).encode()
    found = [element for _, element in array_elements(in_pieces(content, size), 10**6)]
    assert [json.loads(one) for one in found if not isinstance(one, Broken)] == values
    assert len(found) == len(values)


@given(st.lists(st.binary(max_size=20)), st.sampled_from([1, 3, 1000]), st.sampled_from([4, 1000]))
def test_lines_are_those_of_splitlines(pieces: list[bytes], size: int, longest: int) -> None:
    content = b"\n".join(pieces)
    whole = content.splitlines(keepends=True)
    expected = [line[: longest + 1] for line in whole]
    found = list(lines(in_pieces(content, size), longest))
    assert [line for _, line in found] == expected
    assert [offset for offset, _ in found] == [*accumulate(map(len, whole), initial=0)][: len(whole)]


beginnings = st.sampled_from(
    [
        b"", b"ISA*00*", b"{", b"[", b"[{", b'[{"claim_id": "A"},', b"\x1f\x8b\x08", b"\xef\xbb\xbf", b"\xff\xfe",
        b"PK\x03\x04", b'{"resourceType": "Claim", ', b'{"resourceType": "Bundle", "entry": [', CSV,
        CSV.replace(b",", b";"), b"sep=;\n",
        b"claim_id\n", b'"claim_id', dumps(claim())[0] + b"\n", b"[" + dumps(claim())[0] + b",",
    ]
)  # fmt: skip


@given(beginnings, st.binary(max_size=300), st.booleans())
@example(b"sep=;\n", b"", False)
@settings(deadline=None, max_examples=500)
def test_any_bytes_are_either_not_understood_or_read_with_places(
    start: bytes, rest: bytes, packed: bool
) -> None:
    content = start + rest
    for reading in read_or_not(gzip.compress(content) if packed else content):
        assert reading.place
        if isinstance(reading, Unreadable):
            assert reading.message
        else:
            reading.locate(("lines", 0, "charge"))


def read_or_not(content: bytes) -> list[Received | Unreadable]:
    """What can be read; nothing if the file is not understood, the one thing that may be raised."""
    try:
        return read(content)
    except FileNotUnderstood:
        return []


def mutations(content: bytes) -> st.SearchStrategy[bytes]:
    """The content with a few stretches taken out, doubled or replaced."""
    piece = st.sampled_from([b"", b'"', b"{", b"}", b"]", b",", b"\n", b"\0", b"\xff"])
    change = st.tuples(st.integers(0, len(content)), st.integers(0, 40), piece)

    def changed(changes: list[tuple[int, int, bytes]]) -> bytes:
        result = content
        for at, length, new in changes:
            result = result[:at] + new + result[at + length :]
        return result

    return st.lists(change, min_size=1, max_size=4).map(changed)


GOOD = [
    b"\n".join(dumps(claim(), claim("A-2"), claim("A-3"))),
    dumps([claim(), claim("A-2"), claim("A-3")])[0],
    dumps(bundle(fhir(), fhir("F-2")))[0],
    CSV + b'C-2,98940,2026-03-02,"45.00"\r\nC-2,98941,3/2/2026,$1\r\n',
]


@given(st.sampled_from(GOOD).flatmap(mutations))
@settings(deadline=None, max_examples=500)
def test_damaged_files_never_crash(content: bytes) -> None:
    assert all(isinstance(one, Received | Unreadable) for one in read_or_not(content))


def test_messages_quote_no_values() -> None:
    private = "Zebulon1950"
    contents = [
        dumps(claim(private, patient={"birth_date": private}))[0],
        b"[" + dumps(claim(patient={"sex": private * 10}))[0] + b"]",
        dumps({**fhir(), "patient": private})[0],
        f"claim_id,procedure,service_date,charge,member_id\nA,98940,{private},45.00,{private}\n".encode(),
        f'claim_id,procedure,service_date,charge,member_id\nA,98940,2026-03-02,{private},"{private}\n'.encode(),
    ]
    for content in contents:
        (reading,) = read(content)
        assert isinstance(reading, Unreadable)
        assert private not in reading.message


def test_reading_is_lazy() -> None:
    """The first claim is given before the last is read."""
    source = io.BytesIO(b"\n".join(dumps(*(claim() for _ in range(20_000)))))
    readings: Iterator[Received | Unreadable] = read_claims(source, "file")
    next(readings)
    assert source.tell() < 1_000_000
