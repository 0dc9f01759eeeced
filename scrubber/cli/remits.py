"""``scrubber remits``: what payers answered, taken in to learn from."""

import sys
from collections.abc import Iterator
from typing import Final

import click
import msgspec

from scrubber.batch.calibration import learn_rates
from scrubber.batch.found import Places
from scrubber.batch.remittances import Imported, import_remittance
from scrubber.batch.submit import UploadRefused
from scrubber.batch.workshop import Workshop
from scrubber.cli.inputs import opened
from scrubber.cli.ready import ready_workshop, text_or_json

WHO: Final = "command line"
PIECE: Final = 256 * 1024
TOLD: Final = 5
"""Places of a kind that are shown."""


@click.group()
@click.option("--tenant", default="default", show_default=True, help="Whose claims they are about.")
@click.pass_context
def remits(ctx: click.Context, tenant: str) -> None:
    """Take in remittances (835), and learn denial rates from them. Works on the database itself."""
    ctx.obj["tenant"] = tenant


@remits.command(name="import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True, dir_okay=False)
)
@text_or_json
@click.pass_context
def import_(ctx: click.Context, files: tuple[str, ...], form: str) -> None:
    """Match the remittances in FILES (- is stdin) to the claims that were scrubbed, and learn from them.

    Exit code 0: all was read. 1: some claim in them could not be. 2: a file is no remittance.
    """
    tenant: str = ctx.obj["tenant"]
    workshop = ready_workshop()
    code, learns = 0, False
    for name in files:
        try:
            with opened(name) as file:
                imported = import_remittance(
                    workshop, iter(lambda: file.read(PIECE), b""), tenant=tenant, who=WHO, queues=False
                )
        except UploadRefused as why:
            click.echo(f"{name}: {why}", err=True)
            code = 2
            continue
        learns = learns or (imported.found.lines_learned > 0 and not imported.imported_before)
        code = max(code, 1 if imported.found.unreadable.count else 0)
        if form == "json":
            sys.stdout.write(msgspec.json.encode(imported).decode() + "\n")
        else:
            click.echo("\n".join(_lines(name, imported)))
    if learns:
        _learn(workshop, tenant, told_by_error=form == "json")
    ctx.exit(code)


@remits.command()
@click.pass_context
def calibrate(ctx: click.Context) -> None:
    """Learn the denial rates anew from all remittances."""
    _learn(ready_workshop(), ctx.obj["tenant"], told_by_error=False)


def _learn(workshop: Workshop, tenant: str, *, told_by_error: bool) -> None:
    name = learn_rates(workshop, tenant, WHO)
    told = f"Calibration {name}." if name else "Nothing new was learned."
    click.echo(told, err=told_by_error)


def _lines(name: str, imported: Imported) -> Iterator[str]:
    found = imported.found
    before = " (taken in before; nothing has changed)" if imported.imported_before else ""
    yield f"{name}: {found.claims} claims of {found.payments} payments{before}"
    yield f"  {found.matched} matched, {found.ambiguous} ambiguous, {found.unmatched} unmatched"
    decisions = ", ".join(f"{number} {decision}" for decision, number in found.decisions.items())
    yield f"  {found.lines} lines: {decisions}"
    yield f"  charged ${found.charge:,}, paid ${found.paid:,}, denied ${found.denied:,}"
    for reason in found.reasons[:TOLD]:
        yield f"  {reason.carc}: {reason.lines} lines, ${reason.amount:,}"
    yield from _places("could not be read", found.unreadable)
    yield from _places("do not add up", found.imbalances)
    yield from _places("faults of structure", found.faults)


def _places(what: str, places: Places) -> Iterator[str]:
    if places.count:
        yield f"  {places.count} {what}:"
        for place in places.first[:TOLD]:
            yield f"    {place.place}: {place.message}"
