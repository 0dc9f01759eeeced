"""Bytes → segments: any separators, any layout, in constant memory, and nothing read twice or lost."""

from io import BytesIO, RawIOBase

import pytest

from scrubber.intake.record import FileNotUnderstood, Unreadable
from scrubber.intake.x12.tokenizer import (
    CHUNK,
    COMPONENT,
    ELEMENT,
    LONGEST_SEGMENT,
    OVERLONG,
    NotFramed,
    Separators,
    read_blocks,
    separators_of,
)
from tests.unit.x12_files import (
    CLAIM,
    ISA,
    LINE,
    claims_in,
    interchange,
    professional,
    read,
    transaction,
    write,
)

FILE = professional([*CLAIM, *LINE], [*CLAIM, "LX*1", "SV1*HC:99213:25*120*UN*1***1", "DTP*472*D8*20260303"])
PLAIN = write(FILE)
CLAIMS = claims_in(PLAIN)


def segments(data: bytes) -> list[str]:
    return [
        segment.replace(ELEMENT, "*").replace(COMPONENT, ":")
        for _, block in read_blocks(BytesIO(data))
        if not isinstance(block, Separators)
        for segment in block
    ]


def rewritten(
    element: str = "*", component: str = ":", repetition: str = "^", terminator: str = "~"
) -> bytes:
    """The file with other separators."""
    table = str.maketrans({"*": element, ":": component, "^": repetition, "~": terminator})
    return PLAIN.decode().translate(table).encode("latin-1")


@pytest.mark.parametrize(
    "separators",
    [
        ("*", ":", "^", "~"),
        ("|", ">", "!", "~"),
        ("~", "^", "U", "_"),
        ("*", ">", "`", "\n"),
        ("*", "<", "^", "\r\n"),
        ("*", ":", "^", "\r"),
        ("\x1d", "\x1f", "\x1e", "\x1c"),
        ("\x1f", "\x1d", "\x1c", "\x1e"),
        ("*", "\\", "{", "'"),
        ("*", ":", "^", "\x85"),
        ("\xa7", ":", "^", "~"),
    ],
)
def test_separators_are_those_of_isa(separators: tuple[str, str, str, str]) -> None:
    assert claims_in(rewritten(*separators)) == CLAIMS


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("LF after each", PLAIN.replace(b"~", b"~\n")),
        ("CR LF after each", PLAIN.replace(b"~", b"~\r\n")),
        ("indented", PLAIN.replace(b"~", b"~\n    ")),
        ("indented by tabs", PLAIN.replace(b"~", b"~\n\t\t")),
        ("empty lines", PLAIN.replace(b"~", b"~\n\n\n")),
        ("indented lines", rewritten(terminator="\n").replace(b"\n", b"\n  ")),
        (
            "empty lines as terminators",
            rewritten(terminator="\n").replace(b"\n", b"\n\n").replace(b"\n\n", b"\n", 1),
        ),
        ("wrapped", b"\r\n".join(PLAIN[at : at + 80] for at in range(0, len(PLAIN), 80))),
        ("byte order mark", b"\xef\xbb\xbf" + PLAIN),
        ("blanks before", b"\r\n  \r\n" + PLAIN),
        ("blanks behind", PLAIN + b"\r\n \r\n"),
        ("end-of-file mark of DOS", PLAIN + b"\r\n\x1a"),
        ("no last terminator", PLAIN[:-1]),
        ("last terminator is a line break", PLAIN[:-1] + b"\n"),
    ],
)
def test_layout_does_not_matter(what: str, data: bytes) -> None:
    got, faults = read(data)
    assert [record.claim for record in got] == CLAIMS  # type: ignore[union-attr]
    assert not faults


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"  "])
def test_interchanges_follow_one_another_each_with_its_separators(between: bytes) -> None:
    other = write(interchange(transaction("BHT*0019"), number=2)).replace(b"*", b"|").replace(b"~", b"'\n")
    data = between.join([PLAIN, other, rewritten("|", ">", "!", "\n").replace(b"000000001", b"000000003")])
    assert claims_in(data) == [*CLAIMS, *CLAIMS]


def test_next_interchange_is_found_behind_a_line_without_terminator() -> None:
    assert claims_in(PLAIN[:-1] + b"\n" + PLAIN.replace(b"000000001", b"000000002")) == [*CLAIMS, *CLAIMS]


def test_a_name_that_holds_isa_begins_no_interchange() -> None:
    data = PLAIN.replace(b"DOE*ANN", b"LISA*ISABEL")
    assert claims_in(data) == CLAIMS
    assert claims_in(data.replace(b"~", b"~\n").replace(b"*ISABEL", b"*\nISABEL")) == CLAIMS


@pytest.mark.parametrize("size", [1, 3, 105, 106, 107, 500])
def test_a_stream_may_give_few_bytes_at_a_time(size: int) -> None:
    class Slow(RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.file = BytesIO(data)

        def read(self, wanted: int = -1) -> bytes:
            return self.file.read(min(wanted, size))

    data = PLAIN + PLAIN.replace(b"000000001", b"000000002")
    slow = [block for _, block in read_blocks(Slow(data)) if not isinstance(block, Separators)]  # type: ignore[arg-type]
    assert [segment for block in slow for segment in block] == [
        segment.replace("*", ELEMENT).replace(":", COMPONENT) for segment in segments(data)
    ]


def test_separators_are_told_from_an_isa_with_an_element_too_short() -> None:
    short = ISA.format(1).replace("*00*          *ZZ", "*00*         *ZZ")
    assert separators_of(f"{short}~\n".encode()) == Separators(b"*", b":", b"~", b"^")
    got, faults = read(PLAIN.replace(ISA.format(1).encode(), short.encode()))
    assert len(got) == 2
    assert [(fault.codes, fault.code, fault.element) for fault in faults] == [("TA105", "013", 4)]


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"ISA",
        b"ISA*00*          *00*",
        b"GS*HC*A*B~",
        b"hello",
        ISA.format(1).encode(),
        (ISA.format(1) + ":~").encode().replace(b"*P*::", b"*P*::"),
        ISA.format(1).encode().replace(b"*", b"0") + b"~",
        ISA.format(1).encode()[:-1] + b"AB",
        ISA.format(1).encode() + b"*",
        ISA.format(1).encode() + b" ",
    ],
)
def test_what_is_not_framed_is_refused_as_a_whole(start: bytes) -> None:
    assert separators_of(start) is None
    if start.strip():
        with pytest.raises(NotFramed):
            list(read_blocks(BytesIO(start)))
        with pytest.raises(FileNotUnderstood, match="ISA segment"):
            read(start)


def test_what_has_no_terminator_stays_in_bounds_and_costs_only_its_claim() -> None:
    endless = PLAIN.replace(b"CLM*A-1", b"NTE*ADD*" + b"X" * (5 * CHUNK) + b"~CLM*A-1", 1)
    assert max(map(len, segments(endless))) < 2 * CHUNK
    assert OVERLONG in segments(endless)
    first = PLAIN.index(b"HI*ABK")
    broken = PLAIN[:first] + b"NTE*ADD*" + b"X" * (5 * CHUNK) + b"~" + PLAIN[first:]
    got, faults = read(broken)
    assert isinstance(got[0], Unreadable)
    assert "too long" in got[0].message
    assert got[1].claim == CLAIMS[1]  # type: ignore[union-attr]
    assert any(fault.codes == "IK403" and fault.code == "5" for fault in faults)


def test_text_is_utf_8_or_else_windows_and_control_characters_do_not_get_through() -> None:
    for name, written in (("GARCÍA", "GARCÍA".encode()), ("GARCÍA", "GARCÍA".encode("cp1252"))):
        data = PLAIN.replace(b"SPINE CLINIC", written)
        assert claims_in(data)[0].billing_provider.name == name
    got, faults = read(PLAIN.replace(b"SPINE CLINIC", b"SPINE\x07CLINIC"))
    assert got[0].claim.billing_provider.name == "SPINE\ufffdCLINIC"  # type: ignore[union-attr]
    assert [(fault.code, fault.segment, fault.element) for fault in faults] == [("6", "NM1", 3)]


def test_segments_are_given_unchanged() -> None:
    assert segments(PLAIN)[1:] == FILE[1:]


def test_a_segment_longer_than_any_real_one_is_not_handed_on() -> None:
    isa = b"ISA*00*          *00*          *ZZ*S              *ZZ*R              *260302*0805*^*00501*000000001*0*P*:~"
    file = BytesIO(isa + b"NTE*ADD*" + b"x" * LONGEST_SEGMENT + b"~REF*G1*1~")
    segments = [segment for _, block in read_blocks(file) if isinstance(block, list) for segment in block]
    assert segments[1:] == [OVERLONG, ELEMENT.join(("REF", "G1", "1"))]
