"""The two tables of pairs: that of practitioners, which is ours, and that of hospitals, which PyOCE has."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from scrubber.edits.ncci.bundled_pair_no_modifier_allowed import bundled_pair_no_modifier_allowed
from scrubber.edits.ncci.bundled_procedure_pair import bundled_procedure_pair
from scrubber.engine.plan import Plan
from scrubber.importers.editions import import_edition
from scrubber.importers.ncci_starter import practice_codes, read_ncci
from scrubber.importers.payers import read_payers
from scrubber.reference import Sections, Snapshot, pack_sections, read_snapshot
from scrubber.settings import shipped
from tests.benchmarks.ncci import COPY
from tests.oracles.pyoce.made_claims import QUARTERS, Codes, Line
from tests.unit.ncci_files import ptp_text, write

EDITION, EDITION_DAY = next(iter(QUARTERS.items()))


@dataclass(frozen=True)
class Practitioners:
    """The pairs on the first day of the edition, and whether a modifier is allowed; read as text, not by our importer.

    ``codes`` are those the table is complete for; None: all. ``on_either`` are the modifiers that count on column one.
    """

    pairs: dict[Codes, bool]
    codes: frozenset[str] | None
    modifiers: frozenset[str]
    on_either: frozenset[str]

    @classmethod
    def read(cls) -> "Practitioners":
        """The public copy of the whole table where it is at hand, else the starter table of the program."""
        folder = shipped("lcd_data") / "ncci"
        listed = yaml.safe_load((folder / "modifiers.yaml").read_text())["modifiers"]
        modifiers = (
            frozenset(listed),
            frozenset(code for code in listed if "on_column_one_from" in listed[code]),
        )
        whole = COPY / "ncci_ptp_practitioner_2024.csv.gz"
        if not whole.exists():
            with gzip.open(folder / "ptp.csv.gz", "rt") as file:
                rows = csv.reader(file)
                next(rows)
                pairs = {(one, two): indicator == "1" for one, two, indicator, _ in rows}
            return cls(pairs, practice_codes(shipped("lcd_data")), *modifiers)
        with gzip.open(whole, "rt") as file:
            rows = csv.reader(file)
            next(rows)
            pairs = {
                (one, two): indicator == "1"
                for one, two, last, indicator, _ in rows
                if indicator != "9" and last >= EDITION_DAY.isoformat()
            }
        return cls(pairs, None, *modifiers)

    def engine(self, claims: Iterable[Sequence[Line]]) -> tuple[Snapshot, Plan]:
        """Our edits over that table: of the whole one the rows of the codes in the claims, through the importer."""
        with TemporaryDirectory() as name:
            editions = Path(name) / "editions"
            if self.codes is None:
                codes = {line.code for claim in claims for line in claim}
                rows = [
                    (one, two, "", "19960101", "*", str(int(allowed)), "-")
                    for (one, two), allowed in self.pairs.items()
                    if one in codes and two in codes
                ]
                file = write(Path(name), "pairs.txt", ptp_text(rows))
                import_edition(editions, "ncci-ptp", [file], now=datetime.now(UTC), quarter=EDITION)
            sections, labels = read_ncci(shipped("lcd_data"), editions)
        content = memoryview(pack_sections(sections, labels))
        reference = read_snapshot(
            Sections(content), read_payers(shipped("payer_rules")), max(QUARTERS.values())
        )
        return reference, Plan((bundled_procedure_pair, bundled_pair_no_modifier_allowed), reference)


class Hospitals:
    """What PyOCE answered: the edits of claims and lines, and the rows of its tables for the codes in them."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answers: list[dict[str, Any]] = answer["answers"]
        self.modifiers = frozenset(code for code, _, _, tells_apart in answer["modifiers"] if tells_apart)
        self.last_versions: dict[str, int] = {}
        """Of every modifier; those of a # are none."""
        for code, _, last, _ in answer["modifiers"]:
            if not code.startswith("#"):
                self.last_versions[code] = max(last, self.last_versions.get(code, 0))
        self.codes: dict[str, list[tuple[int, int, bool, bool]]] = answer["codes"]
        self._versions: list[dict[str, Any]] = [
            {**row, "number": int(key)} for key, row in answer["versions"].items()
        ]
        self._pairs: dict[Codes, list[tuple[int, int, bool]]] = {}
        for one, two, *row in answer["pairs"]:
            self._pairs.setdefault((one, two), []).append(tuple(row))
        newest = max(self._versions, key=lambda row: int(row["number"]))
        self._newest = int(newest["number"])
        self.told = f"PyOCE {answer['package']}, I/OCE to {newest['version_id']} of {newest['date_started']}"

    def allowed(self, pair: Codes, version: int) -> bool | None:
        """Whether a modifier is allowed for a pair in a version; None where it is no pair."""
        return next((ok for first, last, ok in self._pairs.get(pair, ()) if first <= version <= last), None)

    def version_on(self, day: date) -> int:
        """The version of a day."""
        number = int(f"{day:%Y%m%d}")
        found = (row for row in self._versions if row["date_started"] <= number <= row["date_ended"])
        return int(next(found)["number"])

    def last_day(self, modifier: str) -> date | None:
        """The last day of a modifier; None where the newest version has it."""
        version = self.last_versions[modifier]
        ended = next(row["date_ended"] for row in self._versions if row["number"] == version)
        return None if version == self._newest else date.fromisoformat(str(ended))


def modifiers_told_otherwise(theirs: Hospitals) -> list[str]:
    """The modifiers that our list does not have, or ends on another day."""
    with (shipped("lcd_data") / "modifiers.csv").open(newline="") as file:
        ours = {row["code"]: row["to"] for row in csv.DictReader(file)}
    until = {code: str(theirs.last_day(code) or "") for code in theirs.last_versions}
    return [
        f"modifier {code}: until {ours.get(code, 'never') or 'now'} to us, until {day or 'now'} to PyOCE"
        for code, day in until.items()
        if ours.get(code) != day
    ]


def tables_compared(ours: Practitioners, of_hospitals: Iterable[tuple[str, str, bool]]) -> Counter[str]:
    """Every pair of either table, on the first day of our edition."""
    counted: Counter[str] = Counter()
    only_ours = len(ours.pairs)
    for one, two, allowed in of_hospitals:
        own = ours.pairs.get((one, two))
        if own is not None:
            counted["in both, alike" if own == allowed else "in both, with another modifier indicator"] += 1
        elif (two, one) in ours.pairs:
            counted["in both, the other code in column one"] += 1
        else:
            counted["of hospitals only"] += 1
            continue
        only_ours -= 1
    counted["of practitioners only"] = only_ours
    return counted
