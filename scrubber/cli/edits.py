"""``scrubber edits`` and ``scrubber explain``: the catalogue and the page of one edit."""

import os

import click
import msgspec

from scrubber.bootstrap import catalog
from scrubber.cli.ready import text_or_json
from scrubber.cli.text import SEVERITY_COLOURS
from scrubber.rule import Page, page_of
from scrubber.settings import Settings


@click.command()
@text_or_json
def edits(form: str) -> None:
    """List every edit: id, severity, name and what it finds."""
    known = catalog(Settings.read(os.environ))
    pages = [page_of(edit) for edit in sorted(known, key=lambda edit: edit.id)]
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(pages), indent=2))
        return
    for page in pages:
        severity = click.style(f"{page.severity:<6}", fg=SEVERITY_COLOURS[page.severity])
        payer = f" [{_of_payer(page)}]" if page.payer else ""
        click.echo(f"{page.id}  {severity}  {page.name}: {page.summary}{payer}")


@click.command()
@click.argument("edit_id", metavar="EDIT")
def explain(edit_id: str) -> None:
    """Show the page of one EDIT, such as COV702."""
    by_id = {edit.id: edit for edit in catalog(Settings.read(os.environ))}
    if edit_id.upper() not in by_id:
        raise click.UsageError(f"there is no edit {edit_id}; `scrubber edits` lists them all")
    click.echo(page_text(page_of(by_id[edit_id.upper()])))


def _of_payer(page: Page) -> str:
    return f"{page.payer}, services {'; '.join(map(str, page.in_force))}"


def page_text(page: Page) -> str:
    """The page of an edit as text, wrapped for a terminal."""
    carc = f"  ·  payer's answer {page.carc} {' '.join(page.rarc)}".rstrip() if page.carc else ""
    edition = f", {page.citation.edition}" if page.citation.edition else ""
    parts = [
        f"{click.style(page.id, bold=True)}  {page.name}",
        f"{page.severity}  ·  {page.scope}  ·  since {page.since}{carc}",
        *([_of_payer(page)] if page.payer else ()),
        page.summary,
        f"Why it is denied: {page.why}",
        f"Fails: {page.fails}",
        f"Passes: {page.passes}",
        f"Concerns: {page.applies_to}",
        f"Source: {page.source}\n{page.citation.title}{edition}\n{page.citation.url}",
    ]
    return "\n\n".join(click.wrap_text(part, 100, preserve_paragraphs=True) for part in parts)
