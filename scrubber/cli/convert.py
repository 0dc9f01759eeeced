"""``scrubber convert``: claims of any format as JSON, the way the scrubber understands them."""

from typing import Any

import click
import msgspec

from scrubber.claim import Claim, dotted
from scrubber.cli.inputs import columns_option, read_files
from scrubber.cli.text import unreadable_text
from scrubber.intake.record import Unreadable


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True, dir_okay=False))
@click.option(
    "--to",
    "form",
    type=click.Choice(["json", "ndjson"]),
    default="json",
    show_default=True,
    help="What to write.",
)
@columns_option
def convert(files: tuple[str, ...], form: str, columns: dict[str, str | None] | None) -> None:
    """Show the claims of FILES as they are understood, as JSON that `scrubber check` reads.

    What a claim leaves out is left out. Exit code 1 where a record could not be read; it is told on stderr.
    """
    unreadable = 0
    separator = "[\n" if form == "json" else ""
    for read in read_files(files, columns):
        if isinstance(read, Unreadable):
            unreadable += 1
            click.echo(unreadable_text(read), err=True)
            continue
        claim = msgspec.json.encode(_plain(read.claim))
        if form == "json":
            click.echo(separator.encode() + msgspec.json.format(claim, indent=2), nl=False)
            separator = ",\n"
        else:
            click.echo(claim)
    if form == "json":
        click.echo("[]" if separator == "[\n" else "\n]")
    if unreadable:
        click.get_current_context().exit(1)


def _plain(claim: Claim) -> dict[str, Any]:
    """The claim as JSON-like data, codes with their dot, without what is not given."""
    data: dict[str, Any] = _given(msgspec.to_builtins(claim))
    data["diagnoses"] = [dotted(code) for code in claim.diagnoses]
    return data


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {name: _given(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in (None, {}, [])}
    if isinstance(value, list | tuple):
        return [_given(part) for part in value]
    return value
