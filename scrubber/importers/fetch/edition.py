"""An edition of official files, fetched: all its files, or an error that says which editions there are."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scrubber.importers.fetch import FetchFailed
from scrubber.importers.fetch.addresses import EDITIONS, Addresses, KindAddress
from scrubber.importers.fetch.download import Fetched, fetch_file
from scrubber.importers.fetch.find import find_files
from scrubber.importers.fetch.pages import links_of
from scrubber.importers.fetch.web import NotThere, Web, page_text


@dataclass(frozen=True, slots=True)
class FetchedEdition:
    """An edition, as the importers call it (None where the files tell it), and its files."""

    name: str | None
    files: tuple[Fetched, ...]


def address_of(addresses: Addresses, kind: str) -> KindAddress:
    """Where the files of a kind are. Raises FetchFailed."""
    address = addresses.kinds.get(kind)
    if address is None or not address.files:
        why = f"{address.reason}, {address.page}" if address else "downloads.yaml has no address for it"
        raise FetchFailed(f"{kind} can't be fetched: {why}. Use `scrubber reference import`")
    return address


def check_edition(kind: str, address: KindAddress, quarter: str | None, year: str | None) -> str | None:
    """The edition asked for, None for the one in force. Raises FetchFailed for what such files don't have."""
    asked = {"quarter": quarter, "year": year}
    for form, edition in asked.items():
        if edition is None:
            continue
        if form != address.edition:
            has = (
                "only the current file" if address.edition == "current" else f"editions by {address.edition}"
            )
            raise FetchFailed(f"{kind} has {has}: --{form} is not for it")
        if EDITIONS[form].fullmatch(edition) is None:
            raise FetchFailed(
                f"a {form} is written {'2026Q4' if form == 'quarter' else '2027 or 2027-April'}, not {edition}"
            )
    return quarter or year


def fetch_edition(
    web: Web, addresses: Addresses, kind: str, wanted: str | None, directory: Path, now: datetime
) -> FetchedEdition:
    """The files of an edition below ``directory``. Raises FetchFailed; what came before the fault stays there."""
    address = addresses.kinds[kind]
    edition, targets = find_files(
        addresses, kind, wanted, now.date(), lambda url: links_of(url, page_text(web, url))
    )
    try:
        files = tuple(fetch_file(web, target, directory / kind / edition, now) for target in targets)
    except NotThere as missing:
        raise FetchFailed(
            f"{kind} {edition} is not published: {missing}. The newest known on {address.seen} was "
            f"{address.newest}; see {address.page}"
        ) from None
    names = {"quarter": edition, "year": f"FY{edition}", "current": None}
    return FetchedEdition(names[address.edition], files)
