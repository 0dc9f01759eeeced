"""``scrubber code``: the page of a diagnosis or procedure code."""

import textwrap
from datetime import date

import click
import msgspec

from scrubber.claim import dotted, undotted
from scrubber.cli.procedure_lines import procedure_lines
from scrubber.cli.ready import DATE, ready, text_or_json
from scrubber.reference import Snapshot
from scrubber.reference.code_page import CodePage, RelatedCode, code_page
from scrubber.reference.procedure_page import procedure_page
from scrubber.rule import Edit, page_of


@click.command()
@click.argument("code", metavar="CODE")
@click.option("--on", type=DATE, help="Service date; without it, today (UTC).")
@text_or_json
def code(code: str, on: date | None, form: str) -> None:
    """Show the ICD-10-CM CODE: billable, valid from and to, siblings, notes, coverage, guidance.

    Of a CPT or HCPCS code: whether it is billable, the fee schedule's indicators, unit limit, coverage articles. Exit
    code 1 where there is no such code; the nearest ones are named.
    """
    scrubber = ready()
    reference = scrubber.reference
    on = on or reference.as_of
    page = code_page(reference, code, on)
    procedure = procedure_page(reference, code, on) if page is None else None
    if procedure is not None:
        told = msgspec.json.format(msgspec.json.encode(procedure), indent=2).decode()
        click.echo(told if form == "json" else "\n".join(procedure_lines(procedure)))
    elif page is None:
        click.echo(_no_such_code(reference, code, on), err=True)
        click.get_current_context().exit(1)
    elif form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(page), indent=2))
    else:
        click.echo("\n".join(_lines(page, _guidance(scrubber.catalog, reference, undotted(code)))))


def _guidance(catalog: tuple[Edit, ...], reference: Snapshot, code: str) -> list[Edit]:
    """The guidance edits that a claim with this code wakes."""
    return [
        edit
        for edit in catalog
        if edit.family == "GDE" and edit.triggers.diagnosis and edit.triggers.diagnosis(code, reference)
    ]


def _no_such_code(reference: Snapshot, code: str, on: date) -> str:
    nearest = reference.icd10cm.nearest(undotted(code), on) if reference.icd10cm else ()
    told = f"; nearest: {', '.join(map(dotted, nearest))}" if nearest else ""
    return f"there is no ICD-10-CM code {dotted(undotted(code))[:12]}{told}"


def _lines(page: CodePage, guidance: list[Edit]) -> list[str]:
    lines = [f"{click.style(page.code, bold=True)}  {page.title or '(no title in the tabular list at hand)'}"]
    lines.append(f"{page.status} on {page.on}  (ICD-10-CM {page.edition})")
    for interval in page.intervals:
        until = f"until {interval.last}" if interval.last else "no end known"
        lines.append(f"  {interval.status} from {interval.first}, {until}")
    if page.seventh_characters:
        lines.append("7th character")
        lines += [f"  {letter}  {meaning}" for letter, meaning in page.seventh_characters.items()]
    if page.parent:
        lines += ["Under", *_related((page.parent,))]
    lines += _titled("Codes below", _related(page.children))
    lines += _titled("Siblings", _related(page.siblings))
    for title, notes in (
        ("Excludes1 (never together)", page.excludes1),
        ("Excludes2 (may stand together)", page.excludes2),
        ("Code first", page.code_first),
    ):
        lines += _titled(title, [f"  {note.text}  (at {note.carried_by})" for note in notes])
    lines += _titled("Medicare Code Editor", [f"  {', '.join(page.attributes)}"] if page.attributes else [])
    for remark in page.remarks:
        lines += ["Mind", *textwrap.wrap(remark.note, 96, initial_indent="  ", subsequent_indent="  ")]
        lines.append(f"  ({remark.source.title}, {remark.source.edition})")
    lines.append("Coverage articles that list it")
    for article in page.articles or ():
        covered = f"covered, group {_numbers(article.covered_groups)}" if article.covered_groups else ""
        noncovered = (
            f"non-covered, group {_numbers(article.noncovered_groups)}" if article.noncovered_groups else ""
        )
        lines.append(
            f"  {article.article} {article.mac:<11} {'; '.join(filter(None, [covered, noncovered]))}: {article.title}"
        )
    if page.articles is None:
        lines.append("  not evaluated: coverage articles are not loaded")
    elif not page.articles:
        lines.append("  none of those loaded; that says nothing about procedures without an article")
    lines += _titled("Guidance", [f"  {edit.id} {page_of(edit).summary}" for edit in guidance])
    return lines


def _titled(title: str, lines: list[str]) -> list[str]:
    return [title, *lines] if lines else []


def _related(codes: tuple[RelatedCode, ...]) -> list[str]:
    return [f"  {related.code:<8}  {related.title or ''}".rstrip() for related in codes]


def _numbers(groups: tuple[int, ...]) -> str:
    return ", ".join(map(str, groups))
