"""The page of a procedure code as text."""

from collections.abc import Iterator

import click

from scrubber.reference.procedure_page import FeeIndicators, ProcedurePage


def procedure_lines(page: ProcedurePage) -> Iterator[str]:
    """What a terminal shows of it."""
    limit = f" ({page.limit})" if page.limit else ""
    told = f"  ({page.told_by})" if page.told_by else ""
    yield f"{click.style(page.code, bold=True)}  {page.state.value} on {page.on}{limit}{told}"
    if page.fee_schedule is not None:
        yield from _fees(page.fee_schedule)
    if page.unit_limit is not None:
        most = page.unit_limit
        yield f"Unit limit {most.units}, adjudication indicator {most.indicator}  ({most.edition})"
    if page.add_on is not None:
        primaries = ", ".join(sorted(page.add_on.primaries)) or "each contractor decides"
        yield f"Add-on code to {primaries}  ({page.add_on.edition})"
    if page.always_therapy:
        yield "Always therapy: Medicare asks for GN, GO or GP"
    yield "Coverage articles that judge it"
    for article in page.articles or ():
        yield f"  {article.article} {article.mac:<11} {article.title}"
    if page.articles == ():
        yield "  none of those loaded"
    if page.not_loaded:
        yield f"Not evaluated: not loaded are {', '.join(page.not_loaded)}"


def _fees(told: FeeIndicators) -> Iterator[str]:
    yield f"Physician fee schedule  ({told.edition})"
    yield (
        f"  status {told.status}, global days {told.global_days}, PC/TC {told.pc_tc}, multiple {told.multiple}, "
        f"bilateral {told.bilateral}, assistant {told.assistant}, co-surgeon {told.co_surgeon}, team {told.team}"
    )
    for where, amount in (("office", told.allowed_in_office), ("facility", told.allowed_in_facility)):
        if amount is not None:
            yield f"  allowed in the {where}: ${amount}, national, before the locality adjustment"
