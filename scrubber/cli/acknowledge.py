"""``scrubber acknowledge``: the answer to an X12 file of claims, as X12: a 999 or a 277CA."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import BinaryIO, cast

import click

from scrubber.cli.ready import DATE, ready
from scrubber.engine import Engine, Result, scrub
from scrubber.intake.record import Received
from scrubber.intake.x12.faults import INTERCHANGE
from scrubber.output import Reply, received_in, write_277ca, write_999
from scrubber.output.claim_acknowledgment_277ca import statuses
from scrubber.output.received import Claim, Event, Fault


@click.command()
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False))
@click.option(
    "--form",
    type=click.Choice(["999", "277ca"]),
    required=True,
    help="999: what of the structure is wrong. 277ca: claim by claim whether it goes on.",
)
@click.option(
    "--control-number",
    type=click.IntRange(1, 999_999_999),
    default=1,
    show_default=True,
    help="Number of the first interchange and group of the answer.",
)
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M"]),
    help="When the answer is written, as 2026-03-02T08:05; without it, now (UTC).",
)
@click.option("--as-of", type=DATE, help="277ca: the day that counts as today; without it, today (UTC).")
def acknowledge(file: str, form: str, control_number: int, at: datetime | None, as_of: date | None) -> None:
    """Answer an X12 FILE of claims, plain or as gzip, in its own language; - is stdin.

    A 999 is followed by a TA1 where the file asks for one. Exit code 0: all of it is accepted. 1: something has
    faults or is rejected. 2: could not run. Faults of the interchange are told on stderr, too.
    """
    reply = Reply(control_number, at or datetime.now(UTC))
    name = "stdin" if file == "-" else file
    answered = flawed = False

    def watched(events: Iterable[Event]) -> Iterator[Event]:
        nonlocal flawed
        for event in events:
            if isinstance(event, Fault):
                flawed = True
                if event.of == "interchange":
                    click.echo(f"{event.place}: {INTERCHANGE[event.code]}", err=True)
            elif form == "277ca" and isinstance(event, Claim):
                flawed = flawed or not statuses(event)[0]
            yield event

    with click.open_file(file, "rb") as stream:
        if form == "999":
            segments = write_999(watched(received_in(cast(BinaryIO, stream), name)), reply)
        else:
            engine = ready().engine
            judge = partial(_scrubbed, engine.on(as_of) if as_of else engine)
            segments = write_277ca(watched(received_in(cast(BinaryIO, stream), name, judge)), reply)
        for segment in segments:
            answered = True
            sys.stdout.buffer.write(segment)
    if not answered:
        why = (
            "no group that wants one"
            if form == "999"
            else "no transaction of claims that its 999 does not reject"
        )
        click.echo(f"{name}: nothing to write, for it has {why}", err=True)
    if flawed:
        click.get_current_context().exit(1)


def _scrubbed(engine: Engine, read: Received) -> Result:
    return scrub(engine, read.claim, read.locate)
