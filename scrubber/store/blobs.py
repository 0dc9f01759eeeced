"""Uploads, kept under names in a place that fsspec knows: a directory, S3 or what is like it. Sealed, given a key."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO, cast
from uuid import uuid4

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from scrubber.store.sealing import NOTHING_SEALED, Sealing

READ_AHEAD = 1024 * 1024
"""Bytes fetched at a time from a place that is far."""


PART = ".part"
"""At the end of the name of what is still being written."""


class NoRoom(Exception):
    """The disk is full; nothing was kept of what was to be written."""


class BlobsUnusable(Exception):
    """The place for uploads can't be used. The message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Blobs:
    """A place for uploads. A blob is there whole or not at all."""

    url: str
    root: str
    sealing: Sealing = NOTHING_SEALED

    @property
    def files(self) -> Any:
        """What fsspec reaches the place with: made anew after a fork, for a connection must not be shared."""
        return url_to_fs(self.url)[0]

    def write(self, name: str, content: Iterable[bytes]) -> int:
        """Keep ``content`` under a name; its size in bytes. Raises as ``creating`` does."""
        with self.creating(name) as file:
            return sum(file.write(piece) for piece in content)

    @contextmanager
    def creating(self, name: str) -> Iterator[BinaryIO]:
        """A file to write, kept under the name if the block ends well. Raises NoRoom, OSError, and what it does."""
        path = f"{self.root}/{name}"
        is_directory = isinstance(self.files, LocalFileSystem)
        try:
            with (
                _in_directory(Path(path)) if is_directory else _in_store(self.files, path) as file,
                self.sealing.writing(file, name) as sealed,
            ):
                yield sealed
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise NoRoom("there is no room left to keep the upload") from None
            raise

    def open(self, name: str) -> BinaryIO:
        """A blob to read from any position. Raises FileNotFoundError and SealBroken."""
        file = cast(BinaryIO, self.files.open(f"{self.root}/{name}", "rb", block_size=READ_AHEAD))
        try:
            return self.sealing.reader(file, name)
        except BaseException:
            file.close()
            raise

    def seal_anew(self, name: str) -> bool:
        """Seal a blob with the key of now if it is not; whether it had to be. Raises as the above do."""
        with cast(BinaryIO, self.files.open(f"{self.root}/{name}", "rb")) as file:
            if not self.sealing.needs_sealing(file.read(READ_AHEAD)):
                return False
        with self.open(name) as plain, self.creating(name) as sealed:
            copyfileobj(plain, sealed, READ_AHEAD)
        return True

    def remove(self, name: str) -> None:
        """Remove a blob; it may be gone already."""
        with suppress(FileNotFoundError):
            self.files.rm_file(f"{self.root}/{name}")

    def names(self) -> list[str]:
        """The names of the blobs that are there whole."""
        entries = self.files.ls(self.root, detail=False, refresh=True)
        return sorted(name for entry in entries if not (name := entry.rpartition("/")[2]).endswith(PART))

    def older_than(self, moment: datetime) -> Iterator[str]:
        """The names of blobs last written before a moment."""
        for entry in self.files.ls(self.root, detail=True, refresh=True):
            written = self.files.modified(entry["name"])
            if (written if written.tzinfo else written.replace(tzinfo=UTC)) < moment:
                yield entry["name"].rpartition("/")[2]


def open_blobs(url: str, sealing: Sealing = NOTHING_SEALED) -> Blobs:
    """The place of a URL; a directory is made, for us alone, where there is none. Raises OSError or BlobsUnusable."""
    try:
        files, root = url_to_fs(url)
    except ImportError as missing:
        raise BlobsUnusable(f"SCRUBBER_BLOB_URL needs a package that is not installed: {missing}") from None
    except ValueError as why:
        raise BlobsUnusable(f"SCRUBBER_BLOB_URL is of no kind that is known: {why}") from None
    if isinstance(files, LocalFileSystem):
        Path(root).mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        files.makedirs(root, exist_ok=True)
    return Blobs(url, root.rstrip("/"), sealing)


@contextmanager
def _in_directory(path: Path) -> Iterator[BinaryIO]:
    """A file that is written beside its place, and is on the disk once it is there.

    What a killed process leaves is found as a blob that nobody knows; fsspec would write among the temporary files.
    """
    part = path.with_name(f"{path.name}.{uuid4().hex}{PART}")  # two may write the same, and each whole
    try:
        part.touch(mode=0o600)  # it holds patient data, and the directory may have been there before
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _in_store(files: Any, path: str) -> Iterator[BinaryIO]:
    file = files.open(path, "wb", autocommit=False)
    try:
        yield file
        file.close()
        file.commit()
    except BaseException:
        file.discard()
        raise
