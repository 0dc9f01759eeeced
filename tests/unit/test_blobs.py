"""Where uploads are kept: whole or not at all, and reached by every process on its own."""

import errno
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest
from fsspec.asyn import AsyncFileSystem

from scrubber.store.blobs import BlobsUnusable, NoRoom, open_blobs

SOON = datetime.now(UTC) + timedelta(days=1)


def test_a_blob_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    blobs = open_blobs((tmp_path / "blobs").as_uri())
    assert blobs.write("one", [b"ab", b"c"]) == 3
    with blobs.open("one") as file:
        assert file.read() == b"abc"

    def cut_off() -> Iterator[bytes]:
        yield b"half"
        one, part = sorted(path.name for path in (tmp_path / "blobs").iterdir())
        assert one == "one"
        assert part.startswith("two.")
        assert part.endswith(".part")
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.write("two", cut_off())
    assert list(blobs.older_than(SOON)) == ["one"]
    blobs.remove("one")
    blobs.remove("one")
    assert list(blobs.older_than(SOON)) == []


@pytest.mark.parametrize(("error", "raised"), [(errno.ENOSPC, NoRoom), (errno.EIO, OSError)])
def test_no_room_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, raised: type[Exception]
) -> None:
    def fail(_file: int) -> None:
        raise OSError(error, "of the disk")

    blobs = open_blobs((tmp_path / "blobs").as_uri())
    monkeypatch.setattr("scrubber.store.blobs.os.fsync", fail)
    with pytest.raises(raised):
        blobs.write("one", [b"abc"])
    assert list(blobs.older_than(SOON)) == []


class Far(AsyncFileSystem):
    """A place such as S3, as far as forks are concerned."""

    protocol = "far"

    async def _makedirs(self, path: str, exist_ok: bool = False) -> None: ...


def test_a_far_place_is_reached_anew_after_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.register_implementation("far", Far, clobber=True)
    blobs = open_blobs("far://uploads")
    before = blobs.files
    assert before is blobs.files
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(RuntimeError, match="fork"):
        _ = before.loop
    assert blobs.files.loop


def test_a_place_that_is_no_directory() -> None:
    blobs = open_blobs("memory://uploads")
    blobs.write("one", [b"ab", b"c"])
    with blobs.open("one") as file:
        assert file.read() == b"abc"
    assert list(blobs.older_than(SOON)) == ["one"]


@pytest.mark.parametrize(("url", "says"), [("s3://bucket/uploads", "s3fs"), ("nonsense://x", "nonsense")])
def test_a_place_that_can_not_be_reached_is_told_in_one_line(url: str, says: str) -> None:
    with pytest.raises(BlobsUnusable, match=says) as unusable:
        open_blobs(url)
    assert "\n" not in str(unusable.value)


def test_a_blob_is_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir(mode=0o755)
    open_blobs((tmp_path / "blobs").as_uri()).write("one", [b"a"])
    assert (tmp_path / "blobs" / "one").stat().st_mode & 0o777 == 0o600
