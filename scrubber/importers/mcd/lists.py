"""The code lists of all articles of an export, gathered row by row in little memory."""

import re
from array import array
from collections import defaultdict

from scrubber.importers.mcd.records import CodeGroup

PLACEHOLDER = "XX000"
"""Stands in a list for "none": never a code."""
PROCEDURE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")
BEGIN, END = "B", "E"
"""How the first and the last row of a range are marked; the rows between them (M) are spelled out."""


class CodeLists:
    """One list of every article: its rows are added as they are read, its groups taken article by article.

    A row is kept as a number of four bytes: millions of them come in one export.
    """

    def __init__(self, code: re.Pattern[str], *, expand: bool) -> None:
        self._code, self._expand = code, expand
        self._numbers: dict[str, int] = {}
        self._codes: list[str] = []
        self._groups: defaultdict[int, dict[int, array[int]]] = defaultdict(dict)
        self._ranges: defaultdict[tuple[int, int], list[tuple[str, str]]] = defaultdict(list)
        self._placeholders: set[int] = set()
        self._begun: tuple[int, int, str] | None = None
        self.rows = 0

    def add(
        self, article: int, group_cell: str, code_cell: str, range_cell: str, star_cell: str = ""
    ) -> None:
        """Add a row of an article. Raises ValueError."""
        if not group_cell.isdecimal():
            raise ValueError("a group is not a number")
        group, text = int(group_cell), code_cell.strip().upper()
        self.rows += 1
        if text == PLACEHOLDER:
            self._placeholders.add(article)
            return
        number = self._numbers.get(text)
        if number is None:
            if not self._code.fullmatch(text):
                raise ValueError("a code is not one of its kind")
            number = self._numbers[text] = 2 * len(self._codes)
            self._codes.append(text.replace(".", ""))
        rows = self._groups[article].get(group)
        if rows is None:
            rows = self._groups[article][group] = array("I")
        rows.append(number + (star_cell.strip().upper() in {"Y", "*", "1"}))
        self._range(article, group, range_cell, self._codes[number // 2])

    def groups(self, article: int) -> tuple[CodeGroup, ...]:
        """The groups of an article that have a code, ascending."""
        found = []
        for group, rows in sorted(self._groups.get(article, {}).items()):
            codes = {self._codes[number // 2] for number in rows}
            starred = {self._codes[number // 2] for number in rows if number % 2}
            ranges = tuple(self._ranges.get((article, group), ()))
            found.append(CodeGroup(group, " ".join(sorted(codes)), " ".join(sorted(starred)), ranges))
        return tuple(found)

    def placeholder(self, article: int) -> bool:
        """Whether the placeholder stands in the list of an article."""
        return article in self._placeholders

    def _range(self, article: int, group: int, mark: str, code: str) -> None:
        """Notice a range whose end follows on its beginning: what lies between is not spelled out."""
        if not self._expand:
            return
        begun, self._begun = self._begun, (article, group, code) if mark == BEGIN else None
        if mark == END and begun is not None and begun[:2] == (article, group) and begun[2][:3] == code[:3]:
            self._ranges[article, group].append((begun[2], code))
