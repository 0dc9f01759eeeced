"""``scrubber keys``: who may ask the API for what."""

from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import Engine

from scrubber.cli.opened import opened_database
from scrubber.store.database import reading, upgrade, writing
from scrubber.store.keys import SCOPES, Key, all_keys, create_key, revoke_key, rotate_key

WHO = "command line"
"""What the audit calls whoever has this command."""


class Name(click.ParamType[str]):
    """The name of a key or tenant: letters, digits and ``. _ -``, at most 64."""

    name = "name"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name itself."""
        text = str(value)
        if not (
            text.isascii() and text.translate(str.maketrans("", "", "._-")).isalnum() and len(text) <= 64
        ):
            self.fail(f"{text!r} is not a name: letters, digits and . _ -, at most 64", param, ctx)
        return text


class Scopes(click.ParamType[frozenset[str]]):
    """Words between commas."""

    name = "scopes"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> frozenset[str]:
        """The scopes; fails for a word that is none."""
        words = frozenset(word.strip() for word in str(value).split(","))
        if unknown := sorted(words - set(SCOPES)):
            self.fail(f"{unknown[0]!r} is no scope; the scopes are {', '.join(SCOPES)}", param, ctx)
        return words


name_option = click.option("--name", type=Name(), required=True, help="What the key is called.")
tenant_option = click.option(
    "--tenant", type=Name(), default="default", show_default=True, help="Whose data it opens."
)


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke the keys of the API."""


@keys.command()
@name_option
@tenant_option
@click.option("--scopes", type=Scopes(), required=True, help=f"What for, between commas: {','.join(SCOPES)}.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The last day it holds (UTC).")
def create(name: str, tenant: str, scopes: frozenset[str], expires: datetime | None) -> None:
    """Make a key and print it: once, for only a digest of it is kept.

    With the first key the service begins to ask everybody for one.
    """
    ends = expires.replace(tzinfo=UTC) + timedelta(days=1) if expires else None
    now = datetime.now(UTC)
    if ends and ends <= now:
        raise click.ClickException("--expires is a day that is over")
    with writing(_database()) as connection:
        text = create_key(connection, now, tenant=tenant, name=name, scopes=scopes, expires_at=ends, who=WHO)
    _print_once(text)


@keys.command("list")
@click.option("--tenant", type=Name(), help="Of one tenant only.")
def list_keys(tenant: str | None) -> None:
    """List the keys, also those that hold no more: tenant, name, id, state, scopes, when made and last used."""
    now = datetime.now(UTC)
    with reading(_database()) as connection:
        for key in all_keys(connection, tenant):
            used = f"used {key.used_at:%Y-%m-%d}" if key.used_at else "never used"
            click.echo(
                f"{key.tenant}  {key.name}  {key.id}  {_state(key, now)}  {','.join(sorted(key.scopes))}  "
                f"made {key.created_at:%Y-%m-%d}  {used}"
            )


@keys.command()
@name_option
@tenant_option
@click.option(
    "--grace-hours", type=click.IntRange(0), default=24, show_default=True, help="How long the old holds."
)
def rotate(name: str, tenant: str, grace_hours: int) -> None:
    """Make a new key of the same name and scopes and print it; the old one holds on for a while."""
    grace = timedelta(hours=grace_hours)
    with writing(_database()) as connection:
        text = rotate_key(connection, datetime.now(UTC), tenant=tenant, name=name, grace=grace, who=WHO)
    _print_once(text)


@keys.command()
@name_option
@tenant_option
def revoke(name: str, tenant: str) -> None:
    """Revoke the keys of a name, old and new; running services know it within 5 seconds."""
    with writing(_database()) as connection:
        number = revoke_key(connection, datetime.now(UTC), tenant=tenant, name=name, who=WHO)
    click.echo(f"{number} key{'' if number == 1 else 's'} revoked")


def _database() -> Engine:
    database = opened_database()
    upgrade(database)
    return database


def _print_once(text: str) -> None:
    click.echo("Keep this key where you keep passwords; it is not shown again:", err=True)
    click.echo(text)


def _state(key: Key, now: datetime) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "holds"
    # To the hour: the old key of a rotation ends within a day.
    return f"{'holds until' if key.holds(now) else 'expired'} {key.expires_at:%Y-%m-%dT%H:%MZ}"
