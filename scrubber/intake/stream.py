"""A stream that can be looked at before it is read, unpacked if it is gzip, in constant memory."""

import re
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

CHUNK: Final = 256 * 1024
"""Bytes asked for at a time."""

MOST_UNPACKED = 64 * 1024**3
"""Bytes that come out of a gzip file at most."""

MOST_RATIO = 400
"""Times its packed size that a gzip file may unpack to. One claim over and over packs to a 170th, zeros to a 1030th."""

RATIO_FROM = 32 * 1024**2
"""Bytes unpacked from which on the ratio counts: a small file may be as empty as it likes."""

GZIP: Final = b"\x1f\x8b"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Damaged(Exception):
    """The file itself breaks off or can't be read on from some place; what came before it is sound."""


class TooLarge(Damaged):
    """What is packed is more than is unpacked."""


class Stream:
    """Bytes to read once, the beginning of which can be seen first.

    ``read`` may give fewer bytes than asked for, and none at the end only. It raises what the source raises,
    but not before all bytes that came before have been read.
    """

    def __init__(self, source: Callable[[int], bytes]) -> None:
        self._source = source
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, fewer at the end or before damage. They are still there to read."""
        try:
            while len(self._ahead) < size and (more := self._source(size - len(self._ahead))):
                self._ahead += more
        except Damaged as damage:
            self._source = _raiser(damage)  # it comes again when all before it has been read
        return self._ahead[:size]

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, all that is left if negative; empty at the end."""
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        if not self._ahead:
            return self._source(size)
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data

    def read_to(self, size: int) -> bytes:
        """Just ``size`` bytes, fewer at the end only."""
        chunks = []
        while size and (chunk := self.read(min(size, CHUNK))):
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)


def _raiser(damage: Damaged) -> Callable[[int], bytes]:
    def source(_: int) -> bytes:
        raise damage

    return source


def text_of(line: bytes) -> str:
    """UTF-8; if it is not, what Windows writes in Western countries. Codes are the same in both."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def skip_mark(stream: Stream) -> int:
    """Read the byte order mark that a stream may begin with. Returns the bytes it has."""
    if stream.peek(len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK:
        return len(stream.read_to(len(BYTE_ORDER_MARK)))
    return 0


class BrokenOff:
    """A file that can be read and sought and is damaged where it ends. ``damage`` says what is wrong."""

    def __init__(self, file: BinaryIO, damage: str) -> None:
        self._file = file
        self._damage = damage
        self.seek = file.seek

    def read(self, size: int) -> bytes:
        """As the file does; raises Damaged at its end."""
        if data := self._file.read(size):
            return data
        raise Damaged(self._damage)


def gunzipped(file: BinaryIO | Stream, most_unpacked: int, most_ratio: int) -> Callable[[int], bytes]:
    """The source of a Stream over gzip data, of one or several members. It raises Damaged."""
    member = zlib.decompressobj(wbits=31)
    packed = b""
    came, went = 0, 0

    def source(size: int) -> bytes:
        nonlocal member, packed, came, went
        while True:
            if not packed:
                packed = file.read(CHUNK)
                came += len(packed)
            if member.eof:
                if not packed:
                    return b""
                packed = packed.lstrip(b"\0")  # tapes and some copies fill up with zeros
                if not packed:
                    continue
                if not packed.startswith(GZIP[:1]):
                    raise Damaged("other data follows the end of the gzip data")
                member = zlib.decompressobj(wbits=31)
            elif not packed:
                raise Damaged("the gzip data ends early: the file is cut off")
            try:
                data = member.decompress(packed, size)
            except zlib.error:
                raise Damaged("the gzip data is damaged") from None
            packed = member.unused_data if member.eof else member.unconsumed_tail
            went += len(data)
            if went > most_unpacked:
                raise TooLarge(f"the gzip data unpacks to more than {most_unpacked} bytes")
            if went > RATIO_FROM and went > most_ratio * came:
                raise TooLarge(
                    f"the gzip data unpacks to more than {most_ratio} times its size, as no claims do"
                )
            if data:
                return data

    return source


def lines(stream: Stream, longest: int, offset: int = 0) -> Iterator[tuple[int, bytes]]:
    """The lines of a stream with their ends (LF, CR LF or CR), each after the offset it begins at.

    A line over ``longest`` bytes comes cut to one more. ``offset`` is that of the stream. Where a line ends does not
    depend on how many bytes a read gives.
    """
    rest = b""
    dropped = 0  # bytes of the line in ``rest`` that are not kept
    while data := stream.read(CHUNK):
        if len(rest) > longest and not rest.endswith(b"\r"):
            end = _LINE_END.search(data)
            begins = end.start() if end else len(data)
            dropped += begins
            if not end:
                continue
            data = data[begins:]
        *whole, rest = (rest + data).splitlines(keepends=True)
        for line in whole:
            yield offset, line[: longest + 1]
            offset += len(line) + dropped
            dropped = 0
        if rest.endswith(b"\n"):
            yield offset, rest[: longest + 1]
            offset += len(rest) + dropped
            dropped = 0
            rest = b""
    if rest:
        yield offset, rest[: longest + 1]


_LINE_END = re.compile(rb"[\r\n]")
