"""``/v1/waivers``: findings that somebody answers for, and what becomes of that."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from flask import Response, request
from msgspec import Struct

from scrubber.api.bodies import json_body
from scrubber.api.cursors import LARGEST, cursor_after, cursor_parameter
from scrubber.api.problems import Problem, ProblemError
from scrubber.api.query import choice_parameter, number_parameter, query_schema, read_query, text_parameter
from scrubber.api.routes import Blueprint, add_route, answer
from scrubber.api.schemas import field_errors, schema_for
from scrubber.api.tenants import caller_of, tenant_of
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Scrubber
from scrubber.engine import NewWaiver, waiver_faults
from scrubber.intake.claim_json import json_value
from scrubber.store.audit import record
from scrubber.store.database import reading, writing
from scrubber.store.waivers import (
    WANTED,
    KeptWaiver,
    State,
    add_waiver,
    find_waiver,
    list_waivers,
    withdraw_waiver,
)

MOST_BYTES: Final = 16 * 1024
EXAMPLE: Final = {
    "edit": "COV703",
    "payer": "05102",
    "provider": "1234567893",
    "reason": "WPS confirmed by letter of 3 March that it pays these; appeal 26-114",
    "by": "Kim Lee",
    "until": "2027-03-31",
}
PATH = {"number": "The number of a waiver"}

QUERY_OF_LIST = query_schema(
    state=choice_parameter(
        "Only these. `unused`: active, but covered no finding in the last `days`; `expiring`: active, and over within "
        "`days`.",
        WANTED,
    ),
    days=number_parameter("For `unused` and `expiring`.", 1, 3650, default=30),
    edit=text_parameter("Only those of this edit.", longest=40, example="COV703"),
    cursor=cursor_parameter(),
    limit=number_parameter("Waivers on a page.", 1, 1000, default=100),
)
QUERY_OF_WITHDRAW = query_schema(
    by=text_parameter("Who withdraws it; without it, whoever sends the request.", longest=120)
)


class WaiverPage(Struct, frozen=True, kw_only=True):
    """A waiver: what it covers, who answers for it, why, until when, and whether it is in force.

    ``uses`` are the findings it covers in the results of batches that are kept, ``last_used_on`` is the day of the
    latest such batch; claims that were scrubbed alone are not kept, so they don't count. ``claim_forgotten``: it was
    for one claim and is over, and the claim's id was removed.
    """

    number: int
    edit: str
    payer: str | None
    payer_profile: str | None
    provider: str | None
    claim_id: str | None
    claim_forgotten: bool
    everywhere: bool
    reason: str
    by: str
    until: date
    state: State
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    uses: int
    last_used_on: date | None


class WaiverList(Struct, frozen=True):
    """Waivers, newest first. ``next_cursor`` is where the next page begins, null on the last."""

    waivers: tuple[WaiverPage, ...]
    next_cursor: str | None


def waivers_blueprint(scrubber: Scrubber, configured: Callable[[], Workshop]) -> Blueprint:
    """The routes of waivers. ``configured`` gives what they are kept with, or ends the request with a problem."""
    blueprint = Blueprint("waivers", __name__, description="Findings that somebody answers for")
    edits = {edit.id: edit.name for edit in scrubber.catalog}
    profiles = [profile.id for profile in scrubber.reference.payers.profiles]

    def add() -> Response:
        """Answer for the findings of an edit or payer rule, within a scope and until a day.

        Such a finding is still in every result, as `waived`, with who answers for it; it does not hold the claim and
        carries no risk. It counts for claims that are scrubbed from a second later on.
        """
        workshop = configured()
        waiver = _read(json_body(MOST_BYTES), edits, profiles, workshop.now().date())
        now, tenant = workshop.now(), tenant_of(request)
        with writing(workshop.database) as connection:
            number = add_waiver(connection, tenant, waiver, now)
            record(connection, now, tenant, caller_of(request), "waived", f"waiver {number}")
        return _show(workshop, number, 201, [("Location", f"/v1/waivers/{number}")])

    def list_all() -> Response:
        """List the waivers, newest first, with how often each was used."""
        workshop, query = configured(), read_query(QUERY_OF_LIST)
        limit = query.get("limit", 100)
        with reading(workshop.database) as connection:
            found = list_waivers(
                connection,
                tenant_of(request),
                workshop.now().date(),
                wanted=query.get("state"),
                days=query.get("days", 30),
                edit=query.get("edit"),
                before=query.get("cursor"),
                limit=limit + 1,
            )
        pages = tuple(map(_page, found[:limit]))
        return answer(WaiverList(pages, cursor_after(pages[-1].number) if len(found) > limit else None))

    def show(number: int) -> Response:
        """Show a waiver."""
        return _show(configured(), number)

    def withdraw(number: int) -> Response:
        """Withdraw a waiver. It stays on record, and so do the results it was used in.

        One that is withdrawn already stays as it is.
        """
        workshop, query = configured(), read_query(QUERY_OF_WITHDRAW)
        now, tenant, who = workshop.now(), tenant_of(request), caller_of(request)
        with writing(workshop.database) as connection:
            if number <= LARGEST and withdraw_waiver(connection, tenant, number, now, query.get("by") or who):
                record(connection, now, tenant, who, "waiver withdrawn", f"waiver {number}")
        return _show(workshop, number)

    problems = ("batches-not-configured", "store-unavailable")
    known = ("waiver-unknown", *problems)
    add_route(blueprint, "/v1/waivers", list_all, query=QUERY_OF_LIST, returns=WaiverList, problems=problems)
    add_route(
        blueprint,
        "/v1/waivers",
        add,
        method="POST",
        status=201,
        body={
            "required": True,
            "description": "A waiver. No name of a patient belongs into the reason: it is shown with every finding.",
            "content": {"application/json": {"schema": schema_for(NewWaiver), "example": EXAMPLE}},
        },
        returns=WaiverPage,
        problems=(
            "malformed-json", "waiver-invalid", "body-too-large", "media-type-unsupported", "no-room", *problems
        ),
    )  # fmt: skip
    add_route(blueprint, "/v1/waivers/<int:number>", show, path=PATH, returns=WaiverPage, problems=known)
    add_route(
        blueprint,
        "/v1/waivers/<int:number>",
        withdraw,
        method="DELETE",
        path=PATH,
        query=QUERY_OF_WITHDRAW,
        returns=WaiverPage,
        problems=known,
    )
    return blueprint


def _read(body: bytes, edits: Mapping[str, str], profiles: Collection[str], today: date) -> NewWaiver:
    """The waiver in a body. Ends the request with all that is wrong with it."""
    errors = field_errors(schema_for(NewWaiver), json_value(body))
    if errors:
        told = [ProblemError(pointer=error.pointer, message=error.message) for error in errors]
        raise Problem("waiver-invalid", errors=told)
    waiver = msgspec.json.decode(body, type=NewWaiver)
    faults = list(waiver_faults(waiver, edits, profiles))
    told = [ProblemError(pointer=f"/{fault.field}", message=fault.message) for fault in faults]
    if waiver.until < today:
        told.append(ProblemError(pointer="/until", message="This day is over."))
    if told:
        nearest = next((fault.nearest for fault in faults if fault.nearest), None)
        raise Problem("waiver-invalid", errors=told, nearest=nearest)
    return waiver


def _show(
    workshop: Workshop, number: int, status: int = 200, headers: Collection[tuple[str, str]] = ()
) -> Response:
    with reading(workshop.database) as connection:
        today = workshop.now().date()
        kept = find_waiver(connection, tenant_of(request), number, today) if number <= LARGEST else None
    if kept is None:
        raise Problem("waiver-unknown", "GET /v1/waivers lists them all.")
    return answer(_page(kept), status, headers)


def _page(kept: KeptWaiver) -> WaiverPage:
    terms: dict[str, Any] = msgspec.structs.asdict(kept) | msgspec.structs.asdict(kept.waiver)
    del terms["waiver"]
    return WaiverPage(**terms)
