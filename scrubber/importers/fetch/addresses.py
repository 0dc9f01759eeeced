"""``lcd_data/downloads.yaml``: where the official files are, what must come, and under which licence."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from scrubber.importers import ImportRefused
from scrubber.importers.official_table import quarter_of
from scrubber.importers.starter import decoded

MONTHS = ("january", "april", "july", "october")
"""The month of each quarter that files are named by."""
LETTERS = "abcd"
"""The letter of each quarter that the fee schedule is named by."""
EDITIONS = {"quarter": re.compile(r"20\d\dQ[1-4]"), "year": re.compile(r"20\d\d(-April)?")}


class FileAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Zip files of one sort: where they are, by URL or by the pattern of a link, and what must come."""

    least: int
    most: int
    url: str | None = None
    pattern: str | None = None
    parts: int = 1
    holds: str | None = None


class KindAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the files of one kind are. The file itself says what each field is."""

    page: str
    seen: date
    edition: Literal["quarter", "year", "current"]
    newest: str
    files: tuple[FileAddress, ...]
    licence: str | None = None
    through: str | None = None
    confirmed: bool = True
    reason: str | None = None


class Licence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A notice that must be accepted before the files under it are fetched."""

    name: str
    notice: str
    parameter: str
    accept: dict[str, str]


class Addresses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    hosts: frozenset[str]
    licences: dict[str, Licence]
    kinds: dict[str, KindAddress]


def read_addresses(lcd_data: Path) -> Addresses:
    """The addresses. Raises ImportRefused naming what is wrong with the file, OSError if it can't be read."""
    addresses = decoded(lcd_data / "downloads.yaml", Addresses)
    for place, wrong in _faults(addresses):
        raise ImportRefused(f"downloads.yaml: {place}: {wrong}")
    return addresses


def edition_named(groups: Mapping[str, str | None], form: str) -> str:
    """The quarter or year, such as 2026Q4, 2027 or 2027-April, that the groups of a matched link tell."""
    year = groups.get("year") or f"20{groups['yy']}"
    if form == "year":
        return f"{year}-April" if groups.get("april") else year
    if quarter := groups.get("quarter"):
        number = int(quarter)
    elif letter := groups.get("letter"):
        number = LETTERS.index(letter.lower()) + 1
    elif month := groups.get("month"):
        number = MONTHS.index(month.lower()) + 1
    else:
        number = (int(groups["mm"] or 0) + 2) // 3
    return f"{year}Q{number}"


def edition_fields(edition: str) -> dict[str, str]:
    """What the URL of an edition may name: year, yy; of a quarter also quarter, letter, month."""
    year, _, quarter = edition.partition("Q")
    fields = {"year": year, "yy": year[2:]}
    if quarter:
        place = int(quarter) - 1
        fields |= {"quarter": quarter, "letter": LETTERS[place], "month": MONTHS[place]}
    return fields


def edition_in_force(form: str, today: date) -> str:
    """The quarter of a day, or its fiscal year, which begins in October and has an update in April."""
    if form == "quarter":
        return quarter_of(today)
    return f"{today.year + (today.month >= 10)}{'-April' if 4 <= today.month < 10 else ''}"


def _faults(addresses: Addresses) -> Iterator[tuple[str, str]]:
    for name, licence in addresses.licences.items():
        if not _allowed(licence.notice, addresses):
            yield name, "the notice is not at an https address of one of the hosts"
    for name, kind in addresses.kinds.items():
        if not _allowed(kind.page, addresses):
            yield name, "the page is not at an https address of one of the hosts"
        if kind.licence is not None and kind.licence not in addresses.licences:
            yield name, f"there is no licence {kind.licence}"
        if not kind.confirmed and not kind.reason:
            yield name, "what is not confirmed needs a reason"
        if not kind.files and kind.confirmed:
            yield name, "there is no file"
        if len({file.url is None for file in kind.files}) > 1 or (
            kind.through and any(file.url for file in kind.files)
        ):
            yield name, "either all files have a url, or the page is read for all"
        for pattern in filter(None, (kind.through, *(file.pattern for file in kind.files))):
            yield from ((name, wrong) for wrong in _pattern_faults(pattern, kind.edition))
        for file in kind.files:
            yield from ((name, wrong) for wrong in _file_faults(file, kind, addresses))


def _file_faults(file: FileAddress, kind: KindAddress, addresses: Addresses) -> Iterator[str]:
    if (file.url is None) == (file.pattern is None):
        yield "a file has either a url or a pattern"
    if not 0 < file.least <= file.most or file.parts < 1:
        yield "least, most and parts don't go together"
    if file.holds is not None:
        yield from _pattern_faults(file.holds, "current")
    if file.url is not None:
        some = {"quarter": "2026Q4", "year": "2026"}.get(kind.edition)
        try:
            url = file.url.format(**(edition_fields(some) if some else {}))
        except (KeyError, IndexError, ValueError):
            yield "the url names something that an edition does not have"
        else:
            if not _allowed(url, addresses):
                yield "a file is not at an https address of one of the hosts"


def _pattern_faults(pattern: str, edition: str) -> Iterator[str]:
    try:
        groups = re.compile(pattern).groupindex.keys()
    except re.error as wrong:
        yield f"{pattern} is not a pattern: {wrong}"
        return
    if edition != "current" and not groups & {"year", "yy"}:
        yield f"{pattern} does not tell the year"
    if edition == "quarter" and not groups & {"quarter", "letter", "month", "mm"}:
        yield f"{pattern} does not tell the quarter"


def _allowed(url: str, addresses: Addresses) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.netloc in addresses.hosts
