"""The guide to payer rules, walked literally: its files written, its commands run, in a fresh directory."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from scrubber.cli.main import scrubber
from scrubber.engine import Engine
from scrubber.settings import Settings

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "payer-rules.md"
BLOCK = re.compile(r"(?:^`([\w./-]+)`[^\n]*:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDS_WITH_1 = ("scrubber check letter.json", "scrubber rules diff")
"""A claim on hold, and differences."""


def test_every_command_of_the_guide_works(
    settings: Settings, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # engine: has built the snapshot
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCRUBBER_DATA_DIR", str(settings.data_dir))
    output, ran = "", 0
    for file, language, text in BLOCK.findall(GUIDE.read_text()):
        if file:
            Path(file).parent.mkdir(exist_ok=True)
            Path(file).write_text(text)
        elif language == "text":
            for line in text.splitlines():
                assert re.search(re.escape(line).replace("…", ".*"), output), f"{line} is not in {output}"
        elif language == "sh":
            for command in text.splitlines():
                output = run(command, monkeypatch)
                ran += 1
    assert ran == 10
    page = Path("changes.html").read_text()
    assert "98940 on 2026-11-03 has no AT." in page
    assert "1 of 1 claim has other findings" in page


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a command prints. In this process: it takes no second then."""
    match shlex.split(command):
        case ["export", setting]:
            monkeypatch.setenv(*setting.split("=", 1))
            return ""
        case ["cp", "-r", source, target]:
            shutil.copytree(source, target)
            return ""
        case ["scrubber", *arguments]:
            done = CliRunner().invoke(scrubber, arguments, catch_exceptions=False)
            assert done.exit_code == int(command.startswith(ENDS_WITH_1)), (command, done.output)
            return done.stdout
        case _:
            raise AssertionError(command)
