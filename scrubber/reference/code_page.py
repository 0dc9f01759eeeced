"""The page of a diagnosis code: what it is on a day, what stands around it, which articles list it."""

from datetime import date

from msgspec import Struct

from scrubber.claim import dotted, undotted
from scrubber.reference.code_notes import CodeRemark
from scrubber.reference.coverage import Article
from scrubber.reference.icd10cm import CarriedNote, CodeStatus, Icd10cm, Interval
from scrubber.reference.snapshot import Snapshot


class RelatedCode(Struct, frozen=True):
    """Another code and its title, None where the tabular list at hand has none."""

    code: str
    title: str | None


class CodeNote(Struct, frozen=True):
    """A note of the tabular list and the code, block or chapter that carries it."""

    carried_by: str
    text: str


class ArticleListing(Struct, frozen=True, kw_only=True):
    """An article that lists the code: in which of its groups, as covered or as non-covered."""

    mac: str
    article: str
    version: int
    title: str
    covered_groups: tuple[int, ...]
    noncovered_groups: tuple[int, ...]
    edition: str
    url: str


class CodePage(Struct, frozen=True, kw_only=True):
    """Everything the snapshot knows of an ICD-10-CM code on a day. Codes are dotted."""

    code: str
    title: str | None
    on: date
    status: CodeStatus
    intervals: tuple[Interval, ...]
    parent: RelatedCode | None
    children: tuple[RelatedCode, ...]
    siblings: tuple[RelatedCode, ...]
    seventh_characters: dict[str, str]
    attributes: tuple[str, ...]
    excludes1: tuple[CodeNote, ...]
    excludes2: tuple[CodeNote, ...]
    code_first: tuple[CodeNote, ...]
    remarks: tuple[CodeRemark, ...]
    """What is worth knowing beyond the code set, each with its source."""
    articles: tuple[ArticleListing, ...] | None
    """None where the coverage articles are not loaded."""
    edition: str


def code_page(reference: Snapshot, code: str, on: date) -> CodePage | None:
    """The page of a code, with or without its dot; None for a code there never was.

    Raises LookupError where the code set is not loaded.
    """
    codes = reference.icd10cm
    if codes is None:
        raise LookupError("icd10cm is not loaded")
    plain = undotted(code)
    if codes.get(plain) is None:
        return None
    codes = codes.of(on)
    parent = codes.parent(plain)
    return CodePage(
        code=dotted(plain),
        title=codes.title(plain),
        on=on,
        status=codes.status(plain, on),
        intervals=codes.intervals(plain),
        parent=related(codes, parent) if parent else None,
        children=tuple(related(codes, child) for child in codes.children(plain, on)),
        siblings=tuple(related(codes, sibling) for sibling in codes.siblings(plain, on)),
        seventh_characters=codes.seventh(plain),
        attributes=tuple(sorted(codes.attributes(plain, on))),
        excludes1=_notes(codes.excludes1(plain)),
        excludes2=_notes(codes.excludes2(plain)),
        code_first=_notes(codes.code_first(plain)),
        remarks=reference.code_notes.of(plain) if reference.code_notes else (),
        articles=_listings(reference, plain, on),
        edition=reference.editions["icd10cm"],
    )


def related(codes: Icd10cm, code: str) -> RelatedCode:
    """A code (undotted) with its title."""
    return RelatedCode(dotted(code), codes.title(code))


def _notes(carried: tuple[CarriedNote, ...]) -> tuple[CodeNote, ...]:
    # A note is carried by a code, a block (M50-M54) or a chapter; only the code has a dot to show.
    return tuple(
        CodeNote(dotted(one.carrier) if one.carrier.isalnum() else one.carrier, one.note.text)
        for one in carried
    )


def _listings(reference: Snapshot, code: str, on: date) -> tuple[ArticleListing, ...] | None:
    coverage = reference.coverage
    if coverage is None:
        return None
    articles = (coverage.article(id_, on) for id_ in coverage.listing(code))
    return tuple(
        _listing(article, code)
        for article in articles
        if article is not None and (code in article.covered or code in article.noncovered)
    )


def _listing(article: Article, code: str) -> ArticleListing:
    return ArticleListing(
        mac=article.ref.mac,
        article=article.ref.id,
        version=article.ref.version,
        title=article.ref.title,
        covered_groups=tuple(place.group for place in article.covered.get(code, ())),
        noncovered_groups=tuple(place.group for place in article.noncovered.get(code, ())),
        edition=article.ref.edition,
        url=article.ref.url,
    )
