"""The page of an edit, read from its docstring: one text for API, command line, docs and report.

The docstring of an edit's function has a first line (the short description) and four sections, each begun by its
heading at the start of a line::

    Why it is denied: ...
    Fails: ...
    Passes: ...
    Source: ...
"""

import re
from inspect import cleandoc

from msgspec import Struct

from scrubber.rule.edit import Edit, Form, InForce
from scrubber.rule.finding import Citation, Severity

SECTIONS = ("Why it is denied", "Fails", "Passes", "Source")
_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):[ \n]", re.MULTILINE)


class Page(Struct, frozen=True, kw_only=True):
    """Everything a person may want to know of an edit; ``payer`` and ``in_force`` are those of a payer's rule."""

    id: str
    name: str
    severity: Severity
    scope: str
    summary: str
    why: str
    fails: str
    passes: str
    source: str
    applies_to: str
    forms: str
    needs: tuple[str, ...]
    carc: str | None
    rarc: tuple[str, ...]
    citation: Citation
    since: str
    payer: str | None
    in_force: tuple[InForce, ...]


def page_of(edit: Edit) -> Page:
    """The page of an edit. Raises ValueError if its docstring lacks a section."""
    text = cleandoc(edit.docstring)
    summary, *parts = _HEADING.split(text)
    sections = {heading: _paragraphs(body) for heading, body in zip(parts[::2], parts[1::2], strict=True)}
    if missing := [heading for heading in SECTIONS if not sections.get(heading)]:
        raise ValueError(f"{edit.id}: the docstring lacks {', '.join(missing)}")
    return Page(
        id=edit.id,
        name=edit.name,
        severity=edit.severity,
        scope=edit.scope,
        summary=_paragraphs(summary),
        why=sections["Why it is denied"],
        fails=sections["Fails"],
        passes=sections["Passes"],
        source=sections["Source"],
        applies_to=edit.triggers.says,
        forms=" and ".join(form for form in Form if form in edit.forms),
        needs=edit.needs,
        carc="-".join(edit.carc) if edit.carc else None,
        rarc=edit.rarc,
        citation=edit.citation,
        since=edit.since,
        payer=edit.payer,
        in_force=edit.in_force,
    )


def _paragraphs(text: str) -> str:
    """The text with the line breaks of the source taken out, paragraphs kept."""
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()))
