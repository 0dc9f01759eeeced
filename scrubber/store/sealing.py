"""Encryption of what is kept of patients: uploads and results, with AES-256-GCM (NIST SP 800-38D).

What is sealed says by which key. The first key seals, every key opens, so keys are changed by putting a new one before
the old one. Each sealing is bound to the place it is for: moved to another place it does not open. What was kept before
there was a key is not sealed and is read as it is.

Layout: ``MAGIC``, 4 bytes that name the key, 12 of nonce, the ciphertext, 16 of tag. A blob is sealed in pieces, so
that it can be read from any position: ``MAGIC``, the name of the key, 7 bytes of nonce, then pieces of ``PIECE`` bytes,
the last one shorter or not, each with its tag. The nonce of a piece is those 7 bytes, its number, and whether it is
the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): pieces can't be swapped, dropped or
cut off.
"""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, BinaryIO, Final, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC: Final = b"\0SCRUB1\0"
"""No upload and no deflated text begins with this."""
PIECE: Final = 256 * 1024

_NAME, _NONCE, _TAG, _PREFIX = 4, 12, 16, 7
_HEAD: Final = len(MAGIC) + _NAME + _PREFIX
_SEALED_PIECE: Final = PIECE + _TAG


class SealBroken(Exception):
    """What was sealed can't be opened: its key is not there, or it was changed. The message tells which."""


class Sealing:
    """Seals with the first of some keys of 32 bytes, and opens with any. Without keys nothing is sealed."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._keys = {sha256(key).digest()[:_NAME]: AESGCM(key) for key in keys}
        self._newest = next(iter(self._keys), None)

    def needs_sealing(self, head: bytes) -> bool:
        """Whether what begins so would be kept otherwise now: not sealed, or with a key that is not the first."""
        return _key_name(head) != self._newest

    def seal(self, plain: bytes, place: str) -> bytes:
        """``plain`` sealed for a place; as it is without keys."""
        if self._newest is None:
            return plain
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._newest].encrypt(nonce, plain, place.encode())
        return b"".join((MAGIC, self._newest, nonce, sealed))

    def open(self, kept: bytes, place: str) -> bytes:
        """What was sealed for a place. Raises SealBroken."""
        name = _key_name(kept)
        if name is None:
            return kept
        start = len(MAGIC) + _NAME
        nonce, sealed = kept[start : start + _NONCE], kept[start + _NONCE :]
        return _opened(self._key(name), nonce, sealed, place)

    @contextmanager
    def writing(self, file: BinaryIO, place: str) -> Iterator[BinaryIO]:
        """What seals into a file what it is given, whole if the block ends well; the file itself without keys."""
        if self._newest is None:
            yield file
            return
        sealer = _Sealer(file, self._keys[self._newest], self._newest, place)
        yield cast(BinaryIO, sealer)
        sealer.close()

    def reader(self, file: BinaryIO, place: str) -> BinaryIO:
        """A file as it was before it was sealed, to read from any position. Raises SealBroken, also as it is read."""
        head = file.read(_HEAD)
        name = _key_name(head)
        if name is None:
            file.seek(0)
            return file
        return cast(BinaryIO, io.BufferedReader(_Opener(file, self._key(name), head, place), PIECE))

    def _key(self, name: bytes) -> AESGCM:
        try:
            return self._keys[name]
        except KeyError:
            raise SealBroken(
                f"it is sealed with the key {name.hex()}, which is not among SCRUBBER_ENCRYPTION_KEYS"
            ) from None


NOTHING_SEALED: Final = Sealing()


def _key_name(kept: bytes) -> bytes | None:
    start = len(MAGIC)
    return kept[start : start + _NAME] if kept.startswith(MAGIC) else None


def _opened(key: AESGCM, nonce: bytes, sealed: bytes, place: str) -> bytes:
    try:
        return key.decrypt(nonce, sealed, place.encode())
    except (InvalidTag, ValueError):
        raise SealBroken("what was kept has been changed, or was kept for another place") from None


def _nonce(head: bytes, number: int, *, last: bool) -> bytes:
    return b"".join((head[-_PREFIX:], number.to_bytes(4), bytes([last])))


class _Sealer(io.RawIOBase):
    """Seals into a file what is written, a piece at a time: the last one is known when this is closed."""

    def __init__(self, file: BinaryIO, key: AESGCM, name: bytes, place: str) -> None:
        self._file, self._key, self._place = file, key, place.encode()
        self._head = b"".join((MAGIC, name, os.urandom(_PREFIX)))
        self._number = 0
        self._left = bytearray()
        file.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._left += content
        while len(self._left) > PIECE:
            self._seal(self._left[:PIECE], last=False)
            del self._left[:PIECE]
        return len(content)

    def close(self) -> None:
        """Seal what is left as the last piece."""
        if not self.closed:
            self._seal(self._left, last=True)
        super().close()

    def _seal(self, piece: bytearray, *, last: bool) -> None:
        nonce = _nonce(self._head, self._number, last=last)
        self._file.write(self._key.encrypt(nonce, bytes(piece), self._place))
        self._number += 1


class _Opener(io.RawIOBase):
    """A sealed file as it was. One piece of it is held."""

    def __init__(self, file: BinaryIO, key: AESGCM, head: bytes, place: str) -> None:
        self._file, self._key, self._head, self._place = file, key, head, place
        sealed = file.seek(0, io.SEEK_END) - _HEAD
        self._pieces = max(1, -(-sealed // _SEALED_PIECE))
        self._size = sealed - self._pieces * _TAG
        self._position = 0
        self._number = -1
        self._piece = b""
        self._load(self._pieces - 1)  # what was cut off is noticed here

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self._position >= self._size:
            return 0
        number, start = divmod(self._position, PIECE)
        self._load(number)
        content = self._piece[start : start + len(buffer)]
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        self._file.seek(_HEAD + number * _SEALED_PIECE)
        sealed = self._file.read(_SEALED_PIECE)
        nonce = _nonce(self._head, number, last=number == self._pieces - 1)
        self._piece = _opened(self._key, nonce, sealed, self._place)
        self._number = number
