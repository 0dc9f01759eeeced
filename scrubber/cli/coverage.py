"""``scrubber coverage``: which article applies to a procedure, and do the diagnoses support it."""

import textwrap
from datetime import date

import click
import msgspec

from scrubber.cli.ready import DATE, ready, text_or_json
from scrubber.reference.coverage_table import CoverageAnswer, coverage_table

COLOURS = {"supported": "green", "not-supported": "red", "noncovered": "red"}


@click.command()
@click.option("--procedure", required=True, help="CPT or HCPCS code, such as 98940.")
@click.option(
    "--diagnosis",
    "diagnoses",
    multiple=True,
    required=True,
    help="ICD-10-CM code, the line's first one first.",
)
@click.option("--state", help="State where the service is given, such as IA.")
@click.option(
    "--zip",
    "zip_code",
    help="ZIP code where the service is given; decides where a state has two contractors.",
)
@click.option("--mac", help="Contractor (WPS), jurisdiction (J5) or Part B contract number (05102).")
@click.option("--on", type=DATE, help="Service date; without it, today (UTC).")
@text_or_json
def coverage(
    procedure: str,
    diagnoses: tuple[str, ...],
    state: str | None,
    zip_code: str | None,
    mac: str | None,
    on: date | None,
    form: str,
) -> None:
    """Show which Medicare article applies to a procedure, and whether the diagnoses support it.

    Without a place there is a row for every contractor. "no-article" is not "covered".
    """
    if mac and (state or zip_code):
        raise click.UsageError("give a place or a contractor, not both")
    reference = ready().reference
    answers = coverage_table(
        reference, procedure, diagnoses, on or reference.as_of, state=state, zip_code=zip_code, mac=mac
    )
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(answers), indent=2))
        return
    for answer in answers:
        click.echo("\n".join(_lines(answer)))


def _lines(answer: CoverageAnswer) -> list[str]:
    result = click.style(f"{answer.result:<17}", fg=COLOURS.get(answer.result, "yellow"))
    article = f"{answer.article} version {answer.version}, edition {answer.edition}" if answer.article else ""
    place = f"{answer.mac} ({', '.join(answer.jurisdictions)})"
    lines = [f"{place:<22} {result} {article}".rstrip()]
    lines += textwrap.wrap(answer.why, 96, initial_indent="    ", subsequent_indent="    ")
    if answer.url:
        lines.append(f"    {answer.url}")
    return lines
