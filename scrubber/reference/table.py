"""A read-only table of typed rows over bytes that may be memory-mapped: key → row, in constant time, nothing loaded.

Layout (little-endian), the only description of it there is::

    u32  number of rows n
    u32  slots in the hash index (a power of two, at least 2n)
    u32  width of a key in bytes
    u32  0
    u32 × slots    row number + 1 of the key that hashes here (open addressing, linear probing), 0 = empty
    u32 × (n + 1)  offset of each row in the row area
    n × width      the keys in ascending order, ASCII, padded with blanks
    row area       each row as MessagePack

Opening touches four numbers; a lookup touches one or two slots, one key and one row, so every process that maps the
same file shares its pages. Decoded rows are kept for the keys a process really meets (``ROWS_KEPT`` at the most).
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Generic, TypeVar
from zlib import crc32

import msgspec

Row = TypeVar("Row")

ROWS_KEPT = 32_768
_HEADER = 16


class Table(Generic[Row]):
    """Rows of one type by key. ``view`` is what ``pack_table`` made, ``row_type`` what each row decodes to.

    ``kept`` is how many decoded rows stay in memory: fewer where a row is large.
    """

    def __init__(self, view: memoryview, row_type: type[Row], kept: int = ROWS_KEPT) -> None:
        numbers = view[: len(view) // 4 * 4].cast("I")
        self._count, slots, self._width, _ = numbers[:4]
        self._mask = slots - 1
        self._slots = numbers[4 : 4 + slots]
        self._offsets = numbers[4 + slots : 4 + slots + self._count + 1]
        keys_at = _HEADER + 4 * (slots + self._count + 1)
        self._keys = view[keys_at : keys_at + self._count * self._width]
        self._rows = view[keys_at + self._count * self._width :]
        self._decoder = msgspec.msgpack.Decoder(row_type)
        self.get = lru_cache(kept)(self._find)
        """The row of a key, or None."""

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def keys(self) -> Sequence[str]:
        """All keys in ascending order, decoded as they are read."""
        return _Keys(self._keys, self._count, self._width)

    def starting(self, prefix: str) -> Iterator[str]:
        """The keys that begin with ``prefix``, in ascending order."""
        keys = self.keys()
        for number in range(bisect_left(keys, prefix), self._count):
            key = keys[number]
            if not key.startswith(prefix):
                return
            yield key

    def _find(self, key: str) -> Row | None:
        try:
            wanted = key.encode("ascii").ljust(self._width)
        except UnicodeEncodeError:
            return None
        width, slots, keys = self._width, self._slots, self._keys
        if len(wanted) > width:
            return None
        slot = crc32(wanted) & self._mask
        while number := slots[slot]:
            start = (number - 1) * width
            if keys[start : start + width] == wanted:
                return self._decoder.decode(self._rows[self._offsets[number - 1] : self._offsets[number]])
            slot = (slot + 1) & self._mask
        return None


class _Keys(Sequence[str]):
    """The sorted keys of a table as a sequence that decodes the one asked for."""

    def __init__(self, keys: memoryview, count: int, width: int) -> None:
        self._keys, self._count, self._width = keys, count, width

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> str:  # type: ignore[override]  # a table is never sliced
        if not 0 <= index < self._count:
            raise IndexError(index)
        return str(self._keys[index * self._width : (index + 1) * self._width], "ascii").rstrip(" ")


def pack_table(rows: Mapping[str, object]) -> bytes:
    """The bytes of a table. Keys are ASCII without blanks at the end; rows anything MessagePack can hold."""
    keys = sorted(rows)
    width = max((len(key) for key in keys), default=1)
    padded = [key.encode("ascii").ljust(width) for key in keys]
    slots_count = 4
    while slots_count < 2 * len(keys):
        slots_count *= 2
    slots = [0] * slots_count
    for number, key in enumerate(padded, start=1):
        slot = crc32(key) & (slots_count - 1)
        while slots[slot]:
            slot = (slot + 1) & (slots_count - 1)
        slots[slot] = number
    encoder = msgspec.msgpack.Encoder(order="deterministic")
    packed = [encoder.encode(rows[key]) for key in keys]
    offsets = [0]
    for row in packed:
        offsets.append(offsets[-1] + len(row))
    return b"".join(
        [
            _numbers([len(keys), slots_count, width, 0]),
            _numbers(slots),
            _numbers(offsets),
            *padded,
            *packed,
        ]
    )


def _numbers(values: Sequence[int]) -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in values)
