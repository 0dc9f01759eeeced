"""``scrubber waivers``: findings that somebody answers for, over the HTTP API."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import click

from scrubber.cli.ready import DATE
from scrubber.cli.service import ask, service_url, url_option

PAGE: Final = 1000
STATES: Final = ("active", "expired", "withdrawn", "unused", "expiring")
SCOPES: Final = {
    "payer": "payer",
    "payer_profile": "payer profile",
    "provider": "provider",
    "claim_id": "claim",
}

days_option = click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=30,
    show_default=True,
    help="What unused and expiring mean.",
)


@click.group()
@url_option
@click.pass_context
def waivers(ctx: click.Context, url: str | None) -> None:
    """Answer for findings, within a scope and until a day; they are still shown, and hold no claim."""
    ctx.obj["url"] = service_url(url)


@waivers.command(name="list")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@days_option
@click.option("--edit", help="Only those of this edit.")
@click.pass_context
def list_waivers(ctx: click.Context, state: str | None, days: int, edit: str | None) -> None:
    """List the waivers, newest first."""
    found = list(_listed(ctx, state=state, days=days, edit=edit))
    for waiver in found:
        _show(waiver)
    if not found:
        click.echo("no waivers", err=True)


@waivers.command()
@click.argument("edit")
@click.option("--payer", help="Only claims with this payer id.")
@click.option("--payer-profile", help="Only claims for this payer, as the payer rules know it.")
@click.option("--provider", help="Only claims of the billing provider with this NPI.")
@click.option("--claim", "claim_id", help="Only the claim with this id.")
@click.option("--everywhere", is_flag=True, help="Every claim: only without any of the above.")
@click.option("--reason", required=True, help="Why; without anything that tells of a patient.")
@click.option("--by", required=True, help="Who answers for it.")
@click.option("--until", type=DATE, required=True, help="The last day.")
@click.pass_context
def add(ctx: click.Context, /, until: date, **terms: Any) -> None:
    """Answer for the findings of EDIT, an edit or payer rule by its id."""
    body = {name: value for name, value in terms.items() if value is not None} | {"until": until.isoformat()}
    _show(ask(ctx.obj["url"], "POST", "/v1/waivers", json=body).json())


@waivers.command()
@click.argument("number", type=click.IntRange(1))
@click.option("--by", help="Who withdraws it.")
@click.pass_context
def withdraw(ctx: click.Context, number: int, by: str | None) -> None:
    """Withdraw a waiver: its findings hold claims again. It stays on record."""
    _show(ask(ctx.obj["url"], "DELETE", f"/v1/waivers/{number}", params={"by": by}).json())


@waivers.command()
@days_option
@click.pass_context
def report(ctx: click.Context, days: int) -> None:
    """Tell which waivers are to be looked at: unused ones, those that are soon over, and those that are.

    Uses are counted in the results of batches that are kept; claims scrubbed alone are not kept.
    """
    for title, state in (
        (f"Active, and covered no finding in the last {days} days", "unused"),
        (f"Active, and over within {days} days", "expiring"),
        ("Expired", "expired"),
        ("Active", "active"),
    ):
        found = list(_listed(ctx, state=state, days=days))
        click.echo(f"{title}: {len(found)}")
        for waiver in found:
            _show(waiver, "  ")


def _listed(ctx: click.Context, **query: Any) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = ask(
            ctx.obj["url"], "GET", "/v1/waivers", params={**query, "cursor": cursor, "limit": PAGE}
        ).json()
        yield from page["waivers"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _show(waiver: dict[str, Any], indent: str = "") -> None:
    scopes = [f"{name} {waiver[field]}" for field, name in SCOPES.items() if waiver[field] is not None]
    if waiver["claim_forgotten"]:
        scopes.append("a claim whose id was removed")
    state = waiver["state"]
    if waiver["withdrawn_by"]:
        state += f" by {waiver['withdrawn_by']} on {waiver['withdrawn_at'][:10]}"
    used = f"{waiver['uses']} uses, last on {waiver['last_used_on']}" if waiver["uses"] else "no use"
    click.echo(
        f"{indent}{waiver['number']}  {waiver['edit']}  {', '.join(scopes) or 'everywhere'}  "
        f"until {waiver['until']}  {state}  {used}"
    )
    click.echo(f"{indent}    {waiver['by']}, {waiver['created_at'][:10]}: {waiver['reason']}")
