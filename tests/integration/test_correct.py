"""``scrubber correct`` from file to file."""

import gzip
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scrubber.cli.correct import correct
from scrubber.engine import Engine
from scrubber.intake.record import FileNotUnderstood
from scrubber.intake.stream import Damaged
from scrubber.settings import Settings
from tests.integration.test_x12_corpus import CORPUS
from tests.unit.test_output_corrected import proven
from tests.unit.x12_files import LINE, professional, write

GOOD = ["CLM*A-1*45***11:B:1*Y*A*Y*Y", "DTP*454*D8*20260220", "HI*ABK:M9901*ABF:M5450", *LINE]
WRONG = [GOOD[0].replace("A-1", "A-2").replace("11:B", "1:B"), *GOOD[1:]]
UNREADABLE = [GOOD[0].replace("*45*", "*many*"), *GOOD[1:]]
FILE = write(professional(GOOD, WRONG), "~\n")
CORRECTED = FILE.replace(b"*1:B", b"*01:B")
TOLD = "CLM117 ST*0001 CLM[2] CLM05-1: repaired\nrepaired 1, left out 0\n"

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SCRUBBER_DATA_DIR", str(settings.data_dir))

    def run_command(*arguments: object, file: bytes = b"") -> Result:
        return CliRunner().invoke(correct, [*map(str, arguments), "--as-of", "2026-03-10"], input=file)

    return run_command


def test_to_stdout(run: Run) -> None:
    result = run("-", file=FILE)
    assert (result.stdout_bytes, result.stderr, result.exit_code) == (CORRECTED, TOLD, 1)
    again = run("-", file=CORRECTED)
    assert (again.stdout_bytes, again.stderr) == (CORRECTED, "repaired 0, left out 0\n")


def test_to_a_file_which_may_be_the_same(run: Run, tmp_path: Path) -> None:
    file, out = tmp_path / "claims.837", tmp_path / "out.837"
    file.write_bytes(FILE)
    result = run(file, "-o", out)
    assert (result.stdout, result.stderr) == ("", TOLD)
    assert (file.read_bytes(), out.read_bytes()) == (FILE, CORRECTED)
    assert run(file, "-o", file).stderr == TOLD
    assert file.read_bytes() == CORRECTED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["claims.837", "out.837"]


def test_exit_codes_are_those_of_the_file_as_it_came(run: Run) -> None:
    assert run("-", file=write(professional(GOOD))).exit_code == 0
    unreadable = run("-", file=write(professional(GOOD, UNREADABLE)))
    assert (unreadable.exit_code, unreadable.stdout_bytes) == (1, write(professional(GOOD, UNREADABLE)))
    assert unreadable.stderr.startswith("stdin ST*0001 CLM[2]: CLM02 is not an amount.")
    for nothing in (b"", b"what is this", b"ISA*"):
        assert isinstance(run("-", file=nothing).exception, FileNotUnderstood)


def test_a_file_that_can_not_be_read_to_its_end_is_not_replaced(run: Run, tmp_path: Path) -> None:
    file, out = tmp_path / "claims.837.gz", tmp_path / "out.837"
    out.write_bytes(b"before")
    file.write_bytes(gzip.compress(FILE))
    assert run(file, "-o", out).stderr == TOLD
    assert out.read_bytes() == CORRECTED
    file.write_bytes(gzip.compress(FILE)[:-20])
    assert isinstance(run(file, "-o", out).exception, Damaged)
    assert out.read_bytes() == CORRECTED
    assert len(list(tmp_path.iterdir())) == 2


def test_what_comes_through_a_pipe(run: Run, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_bytes, args=(FILE,))
    writing.start()
    assert run(pipe).stdout_bytes == CORRECTED
    writing.join()


def test_no_value_is_told(run: Run) -> None:
    wrong = professional(GOOD, WRONG)
    secret = [segment.replace("19500402*F", "19500402* f") for segment in wrong]
    assert (
        run("-", file=write(secret)).stderr.splitlines()[0] == "CLM107 ST*0001 CLM[1] 2010BA DMG03: repaired"
    )


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the X12 corpus is not here (name its folder in X12_CORPUS)")
def test_the_corpus_comes_back_with_its_repairs_and_else_unchanged(engine: Engine) -> None:
    repaired = 0
    for file in sorted(CORPUS.rglob("*.*")):
        good = file.read_bytes()
        if not good.startswith(b"ISA") or len(good) > 100_000:
            continue
        assert proven(engine, good)[0] == good, file.name
        spoiled = re.sub(rb"(DMG.D8.[0-9]+.)([FM])", lambda found: found[1] + found[2].lower(), good)
        spoiled = spoiled.replace(b"*11:B:", b"*1:B:")
        _, told = proven(engine, spoiled)
        assert {why for _, why in told} <= {"", "unreadable"}, file.name
        repaired += sum(not why for _, why in told)
    assert repaired > 100
