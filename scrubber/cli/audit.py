"""``scrubber audit``: who did what, to hand over and to check."""

import click
import msgspec

from scrubber.cli.opened import opened_database
from scrubber.store.audit import Broken, acts, tenants_in
from scrubber.store.audit import verify as verify_rows
from scrubber.store.database import reading


@click.group()
def audit() -> None:
    """Show and check who did what to which batch."""


@audit.command()
@click.option("--tenant", default="default", show_default=True, help="Whose.")
@click.option("--after", type=click.IntRange(0), default=0, help="Only rows with a number beyond this.")
def export(tenant: str, after: int) -> None:
    """Write what was done as NDJSON, oldest first, each row with the digest of all up to it."""
    with reading(opened_database()) as connection:
        for act in acts(connection, tenant, after):
            row = {**msgspec.structs.asdict(act), "digest": act.digest.hex()}
            click.echo(msgspec.json.encode(row).decode())


@audit.command()
@click.option("--tenant", help="Whose; without it, of all.")
@click.option("--holds", metavar="DIGEST", help="A digest noted earlier, that one of the rows has to have.")
@click.pass_context
def verify(ctx: click.Context, tenant: str | None, holds: str | None) -> None:
    """Check that no row was changed, added or taken out. Exit code 1 if one was.

    Note the last digest elsewhere, and give it with --holds the next time: rows taken off the end show by that alone.
    """
    with reading(opened_database()) as connection:
        found = holds is None
        for name in [tenant] if tenant else tenants_in(connection):
            try:
                count, digest = verify_rows(connection, name)
            except Broken as broken:
                click.echo(str(broken), err=True)
                ctx.exit(1)
            click.echo(f"{name}: {count} rows, {digest.hex()}")
            found = found or any(act.digest.hex() == holds for act in acts(connection, name))
    if not found:
        click.echo("no row has the digest that was noted: rows were taken off the end", err=True)
        ctx.exit(1)
