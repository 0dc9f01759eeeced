"""What is read of the cuts of a file, one after the other, is what is read of the file."""

import gzip
import io
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.claim import Location
from scrubber.intake import json_array, stream
from scrubber.intake.cuts import Cut, cut_claims, read_cut
from scrubber.intake.delimited import claims as delimited_claims
from scrubber.intake.files import read_claims, unpack
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.x12 import tokenizer
from tests.integration.test_x12_corpus import CORPUS
from tests.unit import x12_files as x12
from tests.unit.test_intake_files import CSV, GOOD, bundle, claim, dumps, fhir, mutations

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(
    path
    for folder in ("tests/golden/intake", "tests/golden/x12", "docs/guide/samples")
    for path in (ROOT / folder).iterdir()
    if path.is_file()
)
CORPUS_FILES = sorted(path for path in CORPUS.rglob("*") if path.is_file()) if CORPUS.is_dir() else []
SIZES = (1, 2, 7, 1000)
LOCATIONS: Sequence[Location] = (
    (),
    ("claim_id",),
    ("total_charge",),
    ("diagnoses", 1),
    ("patient", "birth_date"),
    ("billing_provider", "npi"),
    ("other_payers", 0),
    ("lines", 0, "charge"),
    ("lines", 1, "modifiers", 0),
)

Reading = Received | Unreadable


def told(readings: list[Reading]) -> list[Any]:
    """All that can be asked of readings."""
    return [
        one
        if isinstance(one, Unreadable)
        else (one.claim, one.place, [one.locate(location) for location in LOCATIONS])
        for one in readings
    ]


def whole(content: bytes, **arguments: Any) -> list[Any] | str:
    """What a file as a whole gives, or why it is refused."""
    try:
        return told(list(read_claims(io.BytesIO(content), "file", **arguments)))
    except FileNotUnderstood as refused:
        return str(refused)


def in_cuts(content: bytes, size: int, damage: str | None = None, **arguments: Any) -> list[Any] | str:
    """What the cuts of a file give, each read on its own and as it comes out of JSON."""
    given: list[Any] = []
    try:
        for cut in cut_claims(io.BytesIO(content), "file", size, damage=damage, **arguments):
            written = msgspec.json.encode(cut)
            assert len(written) < 1024
            assert cut.first == len(given)
            readings = list(
                read_cut(io.BytesIO(content), "file", msgspec.json.decode(written, type=Cut), **arguments)
            )
            assert len(readings) == cut.records
            given += told(readings)
    except FileNotUnderstood as refused:
        return str(refused)
    return given


def assert_same(content: bytes, sizes: Sequence[int] = SIZES, **arguments: Any) -> None:
    expected = whole(content, **arguments)
    damage = None
    if content.startswith(b"\x1f\x8b"):
        plain = io.BytesIO()
        damage = unpack(io.BytesIO(content), "file", plain)
        content = plain.getvalue()
    for size in sizes:
        assert in_cuts(content, size, damage, **arguments) == expected


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_samples(path: Path) -> None:
    mapping = path.with_suffix(".columns.yaml")
    columns = yaml.safe_load(mapping.read_text()) if mapping.is_file() else None
    assert_same(path.read_bytes(), columns=columns)


@pytest.mark.skipif(not CORPUS_FILES, reason="the X12 corpus is not here (name its folder in X12_CORPUS)")
def test_corpus() -> None:
    for path in CORPUS_FILES:
        assert_same(path.read_bytes(), (2,))


@pytest.fixture(scope="module")
def _small_reads() -> Iterator[None]:
    """So few bytes at a time that even small files are read in many pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenizer, "CHUNK", 300)
        patch.setattr(tokenizer, "LONGEST_STRETCH", 300 + tokenizer.LONGEST_ISA)
        patch.setattr(stream, "CHUNK", 100)
        patch.setattr(json_array, "CHUNK", 100)
        patch.setattr(delimited_claims, "MOST_ROWS", 3)
        patch.setattr(delimited_claims, "REMEMBERED", 4)
        yield


small_reads = pytest.mark.usefixtures("_small_reads")


@small_reads
@given(st.sampled_from(GOOD).flatmap(mutations))
@settings(deadline=None, max_examples=200)
def test_damaged_json_and_csv(content: bytes) -> None:
    assert_same(content, (1, 2))


RECORDS = [
    claim(),
    claim("A-2", lines=[]),
    fhir(),
    bundle(fhir(), fhir("F-2")),
    bundle(),
    {},
    [1, {"claim_id": "A-3"}],
    {"note": "é" * 100, "claim_id": "A-4"},
]


@small_reads
@given(
    st.lists(st.sampled_from(RECORDS), min_size=2, max_size=8),
    st.sampled_from([b"\n", b"\r\n", b"\r", b"\n \n", b"\n\xef\xbb\xbf", b"\n{,\n"]),
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\n"]),
    st.booleans(),
)
@settings(deadline=None, max_examples=100)
def test_json(records: list[object], between: bytes, start: bytes, ends: bool) -> None:
    assert_same(start + between.join(dumps(*records)) + between * ends, (1, 3))
    array = start + b"[" + (b"," + between).join(dumps(*records)) + b"]" * ends
    assert_same(array, (1, 3))


ROWS = ["A", "A", "B", "C", "", "", "D", "D, ", '"A\nA"', '"A', "A,", "x" * 40, "A,1,2,3,4,5", "\n"]


@small_reads
@given(st.lists(st.sampled_from(ROWS), max_size=30), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
@settings(deadline=None, max_examples=300)
def test_rows_of_claims(rows: list[str], ends: str, sep: bool) -> None:
    header = "claim_id,procedure,service_date,charge"
    values = ",98940,2026-03-02,45.00"
    lines = ["sep=,"] * sep + [header, *(row if "," in row else row + values for row in rows), ""]
    assert_same(ends.join(lines).encode(), (1, 2, 5))


def test_rows_that_stand_far_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited_claims, "REMEMBERED", 50)
    random = Random(1)
    rows = [f"{random.randrange(80)},98940,2026-03-02,45.00\n" for _ in range(500)]
    assert_same(("claim_id,procedure,service_date,charge\n" + "".join(rows)).encode(), (1, 10, 100))


# X12

SEPARATORS = [("*", ":", "^", "~"), ("|", ">", "!", "\n"), ("~", "^", "U", "_"), ("*", ":", "^", "\r\n")]

STRAY = ["", "X", "IEA*1*1", "GE*1*1", "SE*1*1", "TA1*1", "ISA*1"]


def written(segments: Sequence[str], separators: tuple[str, str, str, str], after: str) -> bytes:
    """An interchange with separators of its own."""
    text = "".join(f"{segment}~{after}" for segment in segments)
    return text.translate({ord(old): new for old, new in zip("*:^~", separators, strict=True)}).encode()


@st.composite
def interchanges(draw: st.DrawFn) -> bytes:
    """Interchanges with all that may come between claims, some of it in the wrong place."""
    choice = partial(st.sampled_from)
    claims = st.lists(
        choice([[*x12.CLAIM, *x12.LINE], [*x12.CLAIM, *x12.LINE, *x12.LINE], x12.CLAIM[:1]]), max_size=4
    ).map(lambda claims: [segment for claim in claims for segment in claim])
    levels = st.lists(
        st.one_of(
            choice(
                [
                    x12.BILLING,
                    x12.SUBSCRIBER,
                    [x12.SUBSCRIBER[0], "SBR*S*18*******CI", "NM1*IL*1*LISA*ISAAC\u00c9****MI*9"],
                    ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*DOE*JO", "DMG*D8*20010402*M"],
                    ["HL*9**21*0"],
                    ["HL"],
                    ["NTE*ADD*" + "X" * 700],
                ]
            ),
            claims,
        ),
        max_size=8,
    ).map(lambda parts: [segment for part in parts for segment in part])
    transactions = st.lists(
        st.builds(
            lambda below, number, guide: x12.transaction(*x12.HEADER, *below, number=number, guide=guide),
            levels,
            st.integers(1, 3),
            choice(["005010X222A1", "005010X222A1", "005010X223A2", "004010X098", ""]),
        ),
        min_size=1,
        max_size=3,
    )
    files = []
    for number in range(draw(st.integers(1, 3))):
        segments = x12.interchange(*draw(transactions), number=number + 1)
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(1, len(segments) - 1))
            match draw(choice(["drop", "double", "stray", "group"])):
                case "drop":
                    del segments[at]
                case "double":
                    segments.insert(draw(st.integers(1, len(segments))), segments[at])
                case "stray":
                    segments.insert(
                        at,
                        draw(choice(["", "X", "IEA*1*1", "GE*1*1", "SE*1*1", "TA1*1", "ISA*1", *x12.CLAIM])),
                    )
                case _:
                    segments.insert(at, "GS*HC*S*R*20260302*0805*2*X*005010X223A2")
        files.append(written(segments, draw(choice(SEPARATORS)), draw(choice(["", "\n", "\n  ", "\r\n\n"]))))
    content = draw(choice([b"", b"\n", b"\xef\xbb\xbf"])).join(files)
    width = draw(choice([0, 0, 80, 7]))
    return (
        b"\r\n".join(content[at : at + width] for at in range(0, len(content), width)) if width else content
    )


@small_reads
@given(interchanges())
@settings(deadline=None, max_examples=150)
def test_interchanges(content: bytes) -> None:
    assert_same(content, (1, 2, 5))


@small_reads
@given(
    interchanges(),
    st.lists(
        st.tuples(
            st.integers(0, 10_000),
            st.integers(0, 40),
            st.sampled_from(
                [b"", b"~", b"*", b"\n", b"\nISA*", b"ISA", b"\n" * 600, b" " * 600, b"\xc9", b"~CLM*~"]
            ),
        ),
        min_size=1,
        max_size=4,
    ),
)
@settings(deadline=None, max_examples=150)
def test_damaged_interchanges(content: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    for anywhere, length, new in changes:
        at = anywhere % len(content)
        content = content[:at] + new + content[at + length :]
    assert_same(content, (1, 3))


@small_reads
@given(
    st.lists(
        st.sampled_from(
            [b"~", b"NM1*85*2", b"\n", b"\nISA", b"\n" * 300, b"~" + b"\n" * 540, b"X" * 540, b"X", b" " * 41,
             (x12.ISA.format(2) + "~").encode(), (x12.ISA.format(3) + "'").encode().replace(b"*", b"+"), b"\xc9"]
        ),
        max_size=30,
    ),
    st.sampled_from([1, 7, 100, 239]),
)  # fmt: skip
@settings(deadline=None, max_examples=300)
def test_segments_do_not_depend_on_how_many_bytes_a_read_gives(pieces: list[bytes], size: int) -> None:
    content = (x12.ISA.format(1) + "~").encode() + b"".join(pieces)
    source = io.BytesIO(content)
    few = stream.Stream(lambda asked: source.read(min(asked, size)))
    assert segments_of(few) == segments_of(io.BytesIO(content))  # type: ignore[arg-type]


def segments_of(file: io.BytesIO) -> list[str]:
    return [
        segment
        for _, block in tokenizer.read_blocks(file)
        for segment in (["ISA"] if isinstance(block, tokenizer.Separators) else block)
    ]


# Files that were packed


def test_a_packed_file_that_breaks_off_loses_nothing_before() -> None:
    random = Random(1)
    for path in SAMPLES:
        content = gzip.compress(path.read_bytes())
        for _ in range(20):
            assert_same(content[: random.randrange(4, len(content))], (1, 7))


def test_what_unpacks_to_too_much_is_refused() -> None:
    content = gzip.compress(b"\n".join(dumps(claim(), claim())))
    with pytest.raises(FileNotUnderstood, match="file: the gzip data unpacks to more than 100 bytes"):
        unpack(io.BytesIO(content), "file", io.BytesIO(), 100)


# Bounds


def test_where_too_much_stands_above_a_claim_none_begins() -> None:
    header = [*x12.HEADER, *["NTE*ADD*" + "X" * 1000] * 300]
    below = [*x12.BILLING, *x12.SUBSCRIBER, *x12.CLAIM, *x12.LINE, *x12.CLAIM, *x12.LINE]
    content = x12.write(
        x12.interchange(x12.transaction(*header, *below), x12.transaction(*x12.HEADER, *below))
    )
    cuts = list(cut_claims(io.BytesIO(content), "file", 1))
    assert [cut.records for cut in cuts] == [2, 1, 1]
    assert_same(content)


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(map(bytes.decode, dumps(*[claim()] * 5000))).encode(),
        CSV + b"".join(b"C-%d,98940,2026-03-02,45.00\n" % number for number in range(20_000)),
        x12.write(x12.professional(*[[*x12.CLAIM, *x12.LINE]] * 10_000)),
    ],
    ids=["ndjson", "csv", "x12"],
)
def test_a_cut_is_given_before_the_file_is_read_to_its_end_and_reads_little(content: bytes) -> None:
    file = io.BytesIO(content)
    cuts = cut_claims(file, "file", 100)
    first = next(cuts)
    assert file.tell() < 400_000
    assert first.records == 100
    last = [*cuts][-1]
    counted = Counted(content)
    assert list(read_cut(counted, "file", last))
    assert counted.given < 700_000


class Counted(io.BytesIO):
    """Counts the bytes that are read."""

    given = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.given += len(data)
        return data
