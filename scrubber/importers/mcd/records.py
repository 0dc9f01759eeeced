"""An article as an export has it: what an edition keeps of it, before it is joined with what the program carries."""

from datetime import date

from msgspec import Struct


class CodeGroup(Struct, frozen=True, array_like=True):
    """The codes of a group, undotted and ascending, with a blank between them; those that are starred.

    ``ranges`` are first and last code of ranges whose inner codes the export does not spell out.
    """

    group: int
    codes: str
    starred: str = ""
    ranges: tuple[tuple[str, str], ...] = ()


class Paragraph(Struct, frozen=True, array_like=True):
    """The paragraph of a group of the list ``procedure``, ``covered`` or ``noncovered``, as plain text."""

    list: str
    group: int
    text: str
    digest: str


class ExportedArticle(Struct, frozen=True, array_like=True, kw_only=True):
    """One revision of an article.

    ``first`` and ``last`` are the days it takes effect and ends, None where the export has none. ``contracts`` are the
    numbers of all contracts that can be of Part B. ``unlisted``: the placeholder XX000 stands among its covered
    diagnoses; ``all_others``: it stands among the non-covered ones.
    """

    number: int
    version: int
    title: str
    first: date | None
    last: date | None
    contracts: tuple[str, ...]
    lcds: tuple[str, ...]
    procedures: tuple[CodeGroup, ...]
    covered: tuple[CodeGroup, ...]
    noncovered: tuple[CodeGroup, ...]
    unlisted: bool
    all_others: bool
    paragraphs: tuple[Paragraph, ...]
    bill_types: tuple[str, ...]
    modifiers: tuple[str, ...]

    @property
    def id(self) -> str:
        """The number as people write it: ``A56273``."""
        return f"A{self.number}"
