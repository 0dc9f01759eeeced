"""A scrubber for a command, and what the commands share in reading their arguments."""

import os
from datetime import date, datetime

import click

from scrubber.bootstrap import Scrubber, build
from scrubber.settings import Settings


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
