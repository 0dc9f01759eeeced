"""Building snapshots: two at a time, and over what is damaged."""

import subprocess
import sys
from pathlib import Path

import pytest

from scrubber.importers import snapshot
from scrubber.importers.snapshot import CURRENT, build_snapshot, is_current, is_named, open_sections, stamp
from scrubber.reference import SnapshotDamaged
from tests.services import PATIENCE

READERS = [name for name in vars(snapshot) if name.startswith("read_") and name != "read_snapshot"]

BUILDER = """
import json, sys
from pathlib import Path
from scrubber.importers import snapshot
from tests.unit.test_snapshot_builds import READERS
directory, mark = Path(sys.argv[1]), sys.argv[2]
for reader in READERS:
    setattr(snapshot, reader, lambda *_: ({}, {}))
for number in range(30):
    snapshot.read_icd10cm = lambda *_: ({"x": f"{mark} {number}".encode()}, {"x": mark})
    snapshot.build_snapshot(directory, directory)
    name = json.loads((directory / snapshot.CURRENT).read_bytes())["file"]
    snapshot.open_sections(directory / name).verify()
"""


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in READERS:
        monkeypatch.setattr(snapshot, reader, lambda *_: ({"x": b"1"}, {"x": "1"}))


def test_two_builds_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    builders = [
        subprocess.Popen([sys.executable, "-c", BUILDER, tmp_path, mark], stderr=subprocess.PIPE)
        for mark in ("a", "b")
    ]
    for builder in builders:
        _, errors = builder.communicate(timeout=PATIENCE)
        assert builder.returncode == 0, errors.decode()
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(f".{CURRENT}")]


@pytest.mark.parametrize("content", [b"", b'{"file":', b"\0" * 40, b'{"file": 1}'])
def test_a_damaged_current_is_told_and_the_next_build_takes_its_place(
    stubs: None, tmp_path: Path, content: bytes
) -> None:
    path = build_snapshot(tmp_path, tmp_path)
    digest = open_sections(path).digest
    assert is_named(tmp_path, digest)
    (tmp_path / CURRENT).write_bytes(content)
    with pytest.raises(SnapshotDamaged, match="current is damaged"):
        is_named(tmp_path, digest)
    assert not is_current(tmp_path, tmp_path)
    before = stamp(tmp_path)
    assert build_snapshot(tmp_path, tmp_path) == path
    assert is_named(tmp_path, digest)
    assert stamp(tmp_path) != before


def test_without_a_snapshot_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    assert stamp(tmp_path) is None
    assert not is_named(tmp_path, "sha256:0123456789abcdef")
