"""Our acknowledgments of other people's files beside those of the validator pyx12: recorded ones, and fresh ones.

``python -m tests.integration.test_acknowledgments_corpus`` prints the table of the guide. Needs the corpus of
``test_x12_corpus`` and, for the fresh ones, pyx12; skipped without.
"""

import logging
import sys
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from scrubber.output import Reply, received_in, write_999
from tests.integration import test_x12_corpus as corpus
from tests.integration.test_x12_corpus import CORPUS, readings

pytestmark = corpus.pytestmark

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "acknowledgments.md"
REPLY = Reply(1, datetime(2026, 3, 2, 9, 5, tzinfo=UTC))
LARGEST = 50_000
"""Bytes of a file that is given to pyx12, which is slow."""


class Answers(NamedTuple):
    """A file: the segments of our 999 and of theirs; ``unread`` says what keeps them from giving one."""

    file: str
    ours: list[list[str]]
    theirs: list[list[str]]
    unread: str = ""


def _segments(text: str, element: str = "*", terminator: str = "~") -> list[list[str]]:
    lines = text.replace("\r", "").replace("\n", "" if terminator != "\n" else "\n").split(terminator)
    return [line.split(element) for line in lines if line]


def _ours(file: str) -> list[list[str]]:
    with (CORPUS / file).open("rb") as stream:
        text = b"".join(write_999(received_in(stream, file), REPLY)).decode()
    return _segments(text, text[3:4], text[105:106]) if text else []


def _all(segments: list[list[str]], *ids: str) -> list[list[str]]:
    return [segment for segment in segments if segment[0] in ids]


# Recorded: the 997s that pyx12 expects of its own test files, all of version 4010.

ENVELOPE_CODES = {"2", "3", "4", "6", "7", "23"}


@cache
def recorded() -> list[Answers]:
    """The files that have a recorded answer."""
    answers = []
    for expected in sorted((CORPUS / "pyx12").glob("*.expected997.txt")):
        file = expected.with_name(expected.name.replace(".expected997", ""))
        if file.is_file():
            answers.append(
                Answers(f"pyx12/{file.name}", _ours(f"pyx12/{file.name}"), _segments(expected.read_text()))
            )
    return answers


def test_there_are_recorded_answers() -> None:
    assert len(recorded()) == 17


def test_the_same_groups_and_transactions_are_answered() -> None:
    for file, ours, theirs, _ in recorded():
        assert [s[:3] for s in _all(ours, "AK1")] == [s[:3] for s in _all(theirs, "AK1")], file
        assert [s[:3] for s in _all(ours, "AK2")] == [s[:3] for s in _all(theirs, "AK2")], file


def test_no_transaction_of_version_4010_is_accepted() -> None:
    for file, ours, _, _ in recorded():
        assert {s[1] for s in _all(ours, "IK5", "AK9")} == {"R"}, file


def test_what_is_wrong_with_envelopes_is_told_alike() -> None:
    for file, ours, theirs, _ in recorded():
        got = [ENVELOPE_CODES.intersection(s[2:]) for s in _all(ours, "IK5")]
        assert got == [ENVELOPE_CODES.intersection(s[2:]) for s in _all(theirs, "AK5")], file
        groups = [(s[2:4], s[5:]) for s in _all(ours, "AK9")]
        assert groups == [(s[2:4], s[5:]) for s in _all(theirs, "AK9")] or file in OTHER_GROUPS, file


OTHER_GROUPS = {
    "pyx12/837miss.txt": "the group breaks off: they count none of its transactions, we the one that began",
    "pyx12/ele.txt": "they refuse a group whose sender ends with a blank",
}


def test_interchanges_are_acknowledged_where_they_ask_for_it() -> None:
    for file, ours, theirs, _ in recorded():
        assert [s[:4] for s in _all(ours, "TA1")] == [s[:4] for s in _all(theirs, "TA1")], file
        # Version 00401 is a fault to us, and none of these faults keeps us from reading the groups.
        assert {s[4] for s in _all(ours, "TA1")} <= {"E"}, file


# Fresh: of the files of version 5010 that pyx12 can read.


@cache
def fresh() -> list[Answers]:
    """The files that are read here, those which pyx12 can't read with the reason."""
    pytest.importorskip("pyx12", reason="pyx12 is not installed")
    from pyx12 import map_if  # noqa: PLC0415
    from pyx12.errors import EngineError  # noqa: PLC0415
    from pyx12.params import ParamsBase  # noqa: PLC0415
    from pyx12.x12n_document import x12n_document  # noqa: PLC0415

    answers = []
    maps: dict[str, object] = {}
    load = map_if.load_map_file

    def loaded(file: str, *arguments: Any) -> object:
        return maps.get(file) or maps.setdefault(file, load(file, *arguments))

    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_if, "load_map_file", loaded)  # which takes it a second for each file
        for reading in sorted(readings(), key=lambda reading: reading.file):
            if not reading.is_read or reading.refused:
                continue
            content, theirs, unread = (CORPUS / reading.file).read_bytes(), StringIO(), ""
            if len(content) > LARGEST:
                continue
            # It knows the versions before these only.
            file = StringIO(
                content.replace(b"X222A2", b"X222A1").replace(b"X223A3", b"X223A2").decode("latin-1")
            )
            try:
                x12n_document(ParamsBase(), file, theirs, None)
            except (EngineError, IndexError) as error:
                unread = f"fails with {type(error).__name__}"
            answers.append(Answers(reading.file, _ours(reading.file), _segments(theirs.getvalue()), unread))
    logging.disable(level)
    return answers


def _verdicts(segments: list[list[str]]) -> str:
    return "".join(segment[1] for segment in _all(segments, "IK5", "AK5"))


def _told(segments: list[list[str]]) -> list[str]:
    """What is told of segments: id, position, code; each once, for we tell one again before its elements."""
    return list(dict.fromkeys(f"{s[1]} {s[2]} {s[4]}" for s in _all(segments, "IK3", "AK3")))


def test_every_transaction_gets_the_same_verdict() -> None:
    compared = [answers for answers in fresh() if not answers.unread]
    assert len(compared) >= 20
    for file, ours, theirs, _ in compared:
        assert _verdicts(ours) == _verdicts(theirs) or file in OTHER_VERDICTS, file


OTHER_VERDICTS = {
    "imsweb/x12_bad_first_line.txt": "a fault of ISA: they answer nothing",
    "staedi/sample837-small.edi": "a fault of ISA: they answer nothing",
    "linuxforhealth/two-claims-single-provider.837i": "an element that is not used (I10) loses nothing to us: E, not R",
}


def table() -> str:
    """The part of the guide that shows both answers."""
    rows = [
        "| file | IK501: ours | pyx12 | segments told alike | only by us | only by pyx12 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for file, ours, theirs, unread in fresh():
        if unread:
            continue
        our, their = _told(ours), _told(theirs)
        cells = [
            file,
            _short(_verdicts(ours)),
            _short(_verdicts(theirs)) or "no answer",
            str(sum(each in their for each in our)),
            _some([each for each in our if each not in their]),
            _some([each for each in their if each not in our]),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _short(verdicts: str) -> str:
    return verdicts if len(verdicts) <= 5 else f"{verdicts[:5]}… ({len(verdicts)})"


def _some(told: list[str], most: int = 4) -> str:
    more = f", {len(told) - most} more" if len(told) > most else ""
    return ", ".join(told[:most]) + more


def test_the_guide_shows_both_answers() -> None:
    shown = GUIDE.read_text()
    assert table() in shown, "python -m tests.integration.test_acknowledgments_corpus prints the table"
    for file, why in (OTHER_GROUPS | OTHER_VERDICTS).items():
        assert f"| {file} | {why} |" in shown


if __name__ == "__main__":
    sys.stdout.write(table())
