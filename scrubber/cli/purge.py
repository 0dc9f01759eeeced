"""``scrubber purge``: remove batches that are over."""

import re
from datetime import timedelta

import click

from scrubber.batch.recover import purge_old
from scrubber.cli.ready import ready_workshop


class Age(click.ParamType[timedelta]):
    """A length of time in days or hours."""

    name = "age"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The time of a text such as 30d or 12h."""
        written = re.fullmatch(r"([0-9]{1,5})([dh])", str(value))
        if written is None:
            self.fail(f"{value!r} is not a time; write it as 30d or 12h", param, ctx)
        return timedelta(**{{"d": "days", "h": "hours"}[written[2]]: int(written[1])})


@click.command()
@click.option("--older-than", type=Age(), required=True, help="How long ago they must have ended: 30d, 12h.")
def purge(older_than: timedelta) -> None:
    """Remove batches that are over, with all that was kept of them: uploads, results, claim history."""
    removed = purge_old(ready_workshop(), older_than)
    click.echo(f"{removed} batch{'' if removed == 1 else 'es'} removed")
