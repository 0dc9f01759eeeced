"""A scrubber or a workshop for a command, and what the commands share in reading their arguments."""

import os
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from scrubber.bootstrap import Scrubber, build, open_workshop
from scrubber.settings import Settings

if TYPE_CHECKING:  # most commands need no workshop, and what it imports takes as long as all else
    from scrubber.batch.workshop import Workshop


class IsoDate(click.ParamType[date]):
    """A calendar date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date of a text."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar date has no zone
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-03-02", param, ctx)


DATE = IsoDate()

text_or_json = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How it is written.",
)


def ready() -> Scrubber:
    """The scrubber of the settings in the environment; says on stderr when it first has to build the snapshot."""
    return build(Settings.read(os.environ), tell=lambda text: click.echo(text, err=True))


def ready_workshop() -> "Workshop":
    """The workshop of the settings in the environment, its database brought up; closed when the command ends."""
    workshop = open_workshop(Settings.read(os.environ), ready().engine)
    context = click.get_current_context()
    context.call_on_close(workshop.database.dispose)
    context.call_on_close(workshop.redis.close)
    return workshop
