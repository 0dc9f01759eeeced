"""Which files make up an edition, and where they are: by their address, or by the links of the page of the kind."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

from scrubber.importers.fetch import FetchFailed
from scrubber.importers.fetch.addresses import (
    Addresses,
    FileAddress,
    KindAddress,
    edition_fields,
    edition_in_force,
    edition_named,
)

Links = Callable[[str], Sequence[str]]
"""The links of a page, by its address."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file to fetch: its address, what it is called here, what must come."""

    url: str
    name: str
    expected: FileAddress


@dataclass(frozen=True, slots=True)
class _Link:
    url: str
    name: str
    edition: str
    part: str
    rank: tuple[str, ...]


def find_files(
    addresses: Addresses, kind: str, wanted: str | None, today: date, links: Links
) -> tuple[str, list[Target]]:
    """The edition, and its files. Without ``wanted`` the newest that is in force. Raises FetchFailed."""
    address = addresses.kinds[kind]
    if address.files[0].url is None:
        return _by_page(addresses, kind, wanted, today, links)
    edition = wanted or _in_force(address, today)
    fields = {} if edition == "current" else edition_fields(edition)
    urls = [str(file.url).format(**fields) for file in address.files]
    return edition, [
        Target(url, urlsplit(url).path.rpartition("/")[2], file)
        for url, file in zip(urls, address.files, strict=True)
    ]


def _by_page(
    addresses: Addresses, kind: str, wanted: str | None, today: date, links: Links
) -> tuple[str, list[Target]]:
    """The files by the links of the page of the kind, or of the page of the edition that it links to."""
    address = addresses.kinds[kind]
    page, found = address.page, links(address.page)
    if address.through is not None:
        pages = [one for link in found if (one := _matched(addresses, address, link, address.through))]
        wanted = _chosen(kind, address, pages, wanted, today)
        page = _latest(kind, page, [one for one in pages if one.edition == wanted]).url
        found = links(page)
    offered = [
        (file, [one for link in found if (one := _matched(addresses, address, link, file.pattern or ""))])
        for file in address.files
    ]
    edition = _chosen(kind, address, [one for _, ones in offered for one in ones], wanted, today)
    targets = []
    for file, ones in offered:
        parts = sorted({one.part for one in ones if one.edition == edition})
        if len(parts) != file.parts:
            raise FetchFailed(
                f"{page} offers {len(parts)} of the {file.parts} files of {kind} {edition}: try again later"
            )
        for part in parts:
            link = _latest(kind, page, [one for one in ones if (one.edition, one.part) == (edition, part)])
            targets.append(Target(link.url, link.name, file))
    return edition, targets


def _matched(addresses: Addresses, address: KindAddress, link: str, pattern: str) -> _Link | None:
    """A link that the pattern is for, taken to the file where it leads to the notice of a licence."""
    url = _past_notice(addresses, address, link)
    parts = urlsplit(url)
    if parts.netloc != urlsplit(address.page).netloc:
        return None
    match = re.search(pattern, unquote(parts.path), re.IGNORECASE)
    if match is None:
        return None
    groups = match.groupdict()
    return _Link(
        url=url,
        name=re.sub(r"[^\w.-]", "-", match[0]),
        edition="current" if address.edition == "current" else edition_named(groups, address.edition),
        part=groups.get("part") or "",
        rank=tuple((groups.get(name) or "").lower() for name in ("mm", "dd", "revision")),
    )


def _past_notice(addresses: Addresses, address: KindAddress, link: str) -> str:
    """Where the Accept button of a notice leads. Only the licence of this kind was accepted: others stay."""
    if address.licence is None:
        return link
    licence = addresses.licences[address.licence]
    asked, notice = urlsplit(link), urlsplit(licence.notice)
    if (asked.netloc, asked.path) != (notice.netloc, notice.path):
        return link
    file = dict(parse_qsl(asked.query)).get(licence.parameter, "")
    return f"{urljoin(link, re.sub('/+', '/', file))}?{urlencode(licence.accept)}"


def _chosen(
    kind: str, address: KindAddress, offered: Sequence[_Link], wanted: str | None, today: date
) -> str:
    """The edition to fetch of those offered."""
    editions = {one.edition for one in offered}
    if not editions:
        raise FetchFailed(
            f"{address.page} offers no file of {kind} that is known by its name: "
            "download it in a browser and use `scrubber reference import`"
        )
    in_force = _in_force(address, today)
    chosen = wanted or max((one for one in editions if one <= in_force), default=in_force)
    if chosen not in editions:
        raise FetchFailed(
            f"{kind} {chosen} is not offered on {address.page}: "
            f"the newest there is {max(editions)}, the oldest {min(editions)}"
        )
    return chosen


def _latest(kind: str, page: str, links: Sequence[_Link]) -> _Link:
    """Of several revisions the last. Which of two different files of one rank is meant only a person can tell."""
    last = max(links, key=lambda link: link.rank)
    if any(link.rank == last.rank and link.url != last.url for link in links):
        raise FetchFailed(
            f"{page} offers several files that could be {kind} {last.edition}, such as {last.name}: "
            "download it in a browser and use `scrubber reference import`"
        )
    return last


def _in_force(address: KindAddress, today: date) -> str:
    return "current" if address.edition == "current" else edition_in_force(address.edition, today)
