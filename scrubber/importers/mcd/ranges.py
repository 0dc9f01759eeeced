"""The codes of a range whose inner codes an export does not spell out, by the ICD-10-CM code set."""

import csv
import gzip
from bisect import bisect_right
from functools import cached_property
from pathlib import Path


class CodesBetween:
    """Gives the codes between two; the code set is read when it is first asked for, which is rarely."""

    def __init__(self, lcd_data: Path) -> None:
        self._path = lcd_data / "icd10cm_validity.csv.gz"

    def __call__(self, first: str, last: str) -> list[str]:
        """All codes after the first and up to the last, undotted."""
        return self._codes[bisect_right(self._codes, first) : bisect_right(self._codes, last)]

    @cached_property
    def _codes(self) -> list[str]:
        with gzip.open(self._path, "rt", encoding="ascii", newline="") as file:
            return sorted({row["code"] for row in csv.DictReader(file)})
