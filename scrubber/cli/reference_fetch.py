"""``scrubber reference fetch``: official files from CMS and CDC into the snapshot by one command."""

import getpass
import os
import sys
from datetime import UTC, datetime
from typing import cast

import click

from scrubber.importers.editions import KINDS
from scrubber.importers.fetch import FetchFailed
from scrubber.importers.fetch.addresses import Addresses, read_addresses
from scrubber.importers.fetch.edition import FetchedEdition, address_of, check_edition, fetch_edition
from scrubber.importers.fetch.licence import accept, accepted
from scrubber.importers.fetch.web import Web, opened_web
from scrubber.settings import Settings


def _once(_ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> str | None:
    """One value at most: which of two is meant can't be told."""
    if len(given) > 1:
        raise click.UsageError(f"--{option.name} is given twice: fetch one edition at a time")
    return given[0] if given else None


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("--quarter", multiple=True, callback=_once, help="The quarter to fetch, such as 2026Q4.")
@click.option(
    "--year", multiple=True, callback=_once, help="The fiscal year to fetch, such as 2027 or 2027-April."
)
@click.option("--only-download", is_flag=True, help="Leave it at the files; import nothing.")
@click.option(
    "--accept-ama-license", is_flag=True, help="Accept the AMA's licence for CPT codes; it is asked for once."
)
@click.option(
    "--accepted-by", metavar="NAME", help="Who accepts the licence, where it is not the user logged in."
)
@click.pass_context
def fetch(
    ctx: click.Context,
    kind: str,
    quarter: str | None,
    year: str | None,
    only_download: bool,
    accept_ama_license: bool,
    accepted_by: str | None,
) -> None:
    """Fetch the official files of one KIND, import them, and build the snapshot with them.

    Without --quarter or --year it is the newest edition in force. Files that are here already are fetched again only if
    they have changed, and a download that was cut off goes on where it stopped.
    """
    settings = Settings.read(os.environ)
    addresses = read_addresses(settings.lcd_data_dir)
    address = address_of(addresses, kind)
    wanted = check_edition(kind, address, quarter, year)
    if not address.confirmed:
        click.echo(f"note      the address of {kind} is not certain: {address.reason}", err=True)
    with opened_web(addresses.hosts, lambda text: click.echo(text, err=True)) as web:
        if address.licence is not None:
            _hold_licence(settings, web, addresses, address.licence, accept_ama_license, accepted_by)
        edition = fetch_edition(
            web, addresses, kind, wanted, settings.snapshots / "downloads", datetime.now(UTC)
        )
    for file in edition.files:
        state, size = "fetched" if file.changed else "unchanged", file.path.stat().st_size
        click.echo(f"{state:9} {file.path}  {size / 1e6:.1f} MB  sha256 {file.sha256}")
    if not only_download:
        _import(ctx, kind, edition)


def _import(ctx: click.Context, kind: str, edition: FetchedEdition) -> None:
    """What ``reference import`` does with files named to it."""
    group = cast("click.Group", cast("click.Context", ctx.parent).command)
    ctx.invoke(
        group.commands["import"],
        kind=kind,
        files=tuple(file.path for file in edition.files),
        edition=edition.name,
        effective=None,
    )


def _hold_licence(
    settings: Settings, web: Web, addresses: Addresses, key: str, accepts: bool, by: str | None
) -> None:
    """Nothing under a licence is fetched before it was accepted here. Raises FetchFailed."""
    licence = addresses.licences[key]
    if accepted(settings.data_dir, key, licence):
        return
    asks = f"These files are under {licence.name}, {licence.notice}"
    if not accepts and sys.stdin.isatty():
        accepts = click.confirm(f"{asks}. Have you read it, and do you accept it?", err=True)
    if not accepts:
        raise FetchFailed(f"{asks}: read it, and accept it with --accept-ama-license")
    given = accept(web, settings.data_dir, key, licence, by or _user(), datetime.now(UTC))
    click.echo(f"accepted  {licence.name}, by {given.by}")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise FetchFailed("who accepts the licence can't be told: name yourself with --accepted-by") from None
