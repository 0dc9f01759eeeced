"""The file format of a snapshot: named sections behind one header, over bytes that may be memory-mapped.

Layout::

    8 bytes   magic "SCRUBREF"
    u32       format version, u32 length of the header
    32 bytes  SHA-256 of the header
    header    JSON: editions, and for each section its name, offset, length and SHA-256
    sections  each at a multiple of 64 bytes

The header holds every section's hash, so its own hash is the digest of the whole content. Opening checks the header
and the total length (a half-written file is refused at once); :func:`verify` reads every byte.
"""

from collections.abc import Mapping
from hashlib import sha256

import msgspec

MAGIC = b"SCRUBREF"
FORMAT = 1
_FIXED = len(MAGIC) + 8 + 32
_ALIGN = 64


class SnapshotDamaged(Exception):
    """The bytes are not a whole snapshot of this format."""


class _Section(msgspec.Struct, frozen=True):
    name: str
    offset: int
    length: int
    sha256: str


class _Header(msgspec.Struct, frozen=True):
    editions: dict[str, str]
    sections: list[_Section]


class Sections:
    """The opened sections of a snapshot by name, its editions and its digest (``sha256:…``)."""

    def __init__(self, view: memoryview) -> None:
        if len(view) < _FIXED or view[: len(MAGIC)] != MAGIC:
            raise SnapshotDamaged("this is not a reference snapshot")
        version = int.from_bytes(view[8:12], "little")
        if version != FORMAT:
            raise SnapshotDamaged(f"snapshot format {version}, this program reads {FORMAT}: build it again")
        header_end = _FIXED + int.from_bytes(view[12:16], "little")
        header_bytes = bytes(view[_FIXED:header_end])
        if sha256(header_bytes).digest() != view[16:48]:
            raise SnapshotDamaged("the header of the snapshot does not match its digest: build it again")
        header = msgspec.json.decode(header_bytes, type=_Header)
        for section in header.sections:
            if section.offset + section.length > len(view):
                raise SnapshotDamaged(f"section {section.name} is cut off: build the snapshot again")
        self._view = view
        self._sections = {section.name: section for section in header.sections}
        self.editions: Mapping[str, str] = header.editions
        self.digests: Mapping[str, str] = {section.name: section.sha256 for section in header.sections}
        """The SHA-256 of each section."""
        self.digest = f"sha256:{sha256(header_bytes).hexdigest()}"

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def __getitem__(self, name: str) -> memoryview:
        section = self._sections[name]
        return self._view[section.offset : section.offset + section.length]

    def verify(self) -> None:
        """Read every byte. Raises SnapshotDamaged naming the section whose hash differs."""
        for name, section in self._sections.items():
            if sha256(self[name]).hexdigest() != section.sha256:
                raise SnapshotDamaged(f"section {name} does not match its digest: build the snapshot again")


def pack_sections(sections: Mapping[str, bytes], editions: Mapping[str, str]) -> bytes:
    """The bytes of a snapshot. The same content gives the same bytes."""
    # Offsets stand in the header and begin behind it, so its length must be known first: offsets are laid out from a
    # generous fixed start instead of iterating to a fixed point.
    start = _aligned(_FIXED + 512 * (len(sections) + len(editions) + 1))
    entries, offset = [], start
    for name in sorted(sections):
        content = sections[name]
        entries.append(_Section(name, offset, len(content), sha256(content).hexdigest()))
        offset = _aligned(offset + len(content))
    header = msgspec.json.encode(_Header(dict(sorted(editions.items())), entries))
    if _FIXED + len(header) > start:
        raise ValueError("section names or editions are too long for the header of a snapshot")
    packed = bytearray(offset)
    packed[:_FIXED] = b"".join(
        [MAGIC, FORMAT.to_bytes(4, "little"), len(header).to_bytes(4, "little"), sha256(header).digest()]
    )
    packed[_FIXED : _FIXED + len(header)] = header
    for entry in entries:
        packed[entry.offset : entry.offset + entry.length] = sections[entry.name]
    return bytes(packed)


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGN) * _ALIGN
