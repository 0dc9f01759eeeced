"""``POST /v1/claims/scrub``: one claim in, its result out.

On the happy path a body is decoded by msgspec alone. marshmallow reads only what was refused, to tell every
error in it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache

from flask import Response, request

from scrubber.api.bodies import json_body
from scrubber.api.metrics import Metrics
from scrubber.api.query import date_parameter, flag_parameter, query_schema, read_query
from scrubber.api.routes import Blueprint, add_route, answer
from scrubber.api.schemas import claim_errors, schema_for
from scrubber.api.tenants import tenant_of
from scrubber.batch.scoring import CurrentCalibration, scoring_engine
from scrubber.batch.waiving import CurrentWaivers
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Scrubber
from scrubber.claim import Claim
from scrubber.engine import Engine, Result, explain, scrub
from scrubber.intake.claim_json import ClaimInvalid, NotJson, decode_claim, json_value
from scrubber.store.database import reading
from scrubber.store.history import SqlHistory

QUERY = query_schema(
    explain=flag_parameter("Add every edit of the catalogue, what became of it, why, and what it read."),
    history=flag_parameter(
        "Hold the claim against the batches that are done; needs batches to be configured."
    ),
    as_of=date_parameter("The day that counts as today; without it, the present day (UTC)."),
)

EXAMPLE = {
    "claim_id": "A-1001",
    "payer": {"id": "05102", "name": "WPS J5", "claim_filing_indicator": "MB"},
    "subscriber": {"id": "1EG4TE5MK73", "relationship": "self"},
    "patient": {"birth_date": "1950-04-02", "sex": "F"},
    "billing_provider": {
        "npi": "1234567893",
        "taxonomy": "111N00000X",
        "address": {"state": "IA", "zip": "50309"},
    },
    "place_of_service": "11",
    "dates": {"initial_treatment": "2026-02-20"},
    "total_charge": "45.00",
    "diagnoses": ["M99.01", "M54.2"],
    "lines": [
        {
            "procedure": "98940",
            "modifiers": ["AT"],
            "diagnosis_pointers": [1, 2],
            "service_date": "2026-03-02",
            "units": "1",
            "charge": "45.00",
        }
    ],
}
"""A synthetic claim, for the documentation."""


def claims_blueprint(
    scrubber: Scrubber, workshop: Workshop | None, configured: Callable[[], Workshop], metrics: Metrics
) -> Blueprint:
    """The routes that take claims. With a workshop they are scored with the newest calibration in it.

    ``configured`` gives the workshop where history is asked for, or ends the request with a problem.
    """
    blueprint = Blueprint("claims", __name__, description="Scrub claims")
    most_bytes = scrubber.settings.max_claim_bytes

    newest = CurrentCalibration(workshop) if workshop else None
    current = CurrentWaivers(workshop) if workshop else None

    @lru_cache(64)
    def engine_on(day: date, tenant: str, calibration: str | None) -> Engine:
        engine = scoring_engine(workshop, tenant, calibration) if workshop else scrubber.engine
        return engine.on(day)

    def scrub_claim() -> Response:
        """Scrub one claim.

        Says what the payer would deny or reject it for, on whose authority, what the record would have to
        show, and which edits could not be evaluated. A body that is no claim is answered with all its errors.

        With `history=true` the claim is also held against the batches that are done: the same services billed before,
        and global periods of procedures. Without it, what would need those is told as not evaluated.

        Findings that a waiver covers are told as `waived`. One that is made or withdrawn counts within a second.
        """
        query = read_query(QUERY) if request.query_string else {}
        claim = _read_claim(json_body(most_bytes))
        tenant = tenant_of(request)
        calibration = newest.name(tenant) if newest else None
        engine = engine_on(query.get("as_of") or datetime.now(UTC).date(), tenant, calibration)
        waivers = current.of(tenant) if current else None
        if waivers is not None:
            engine = replace(engine, waivers=waivers)
        judge = explain if query.get("explain") else scrub
        if query.get("history"):
            with reading(configured().database) as connection:
                result = judge(engine, claim, history=SqlHistory(connection, tenant))
        else:
            result = judge(engine, claim)
        metrics.scrubbed(result)
        return answer(result)

    add_route(
        blueprint,
        "/v1/claims/scrub",
        scrub_claim,
        method="POST",
        query=QUERY,
        body={
            "required": True,
            "description": "A professional claim (837P, CMS-1500) or an institutional one (837I, UB-04). "
            "Unknown fields are an error.",
            "content": {"application/json": {"schema": schema_for(Claim), "example": EXAMPLE}},
        },
        returns=Result,
        problems=(
            "malformed-json",
            "claim-invalid",
            "body-too-large",
            "media-type-unsupported",
            "batches-not-configured",
            "store-unavailable",
        ),
    )
    return blueprint


def _read_claim(body: bytes) -> Claim:
    try:
        return decode_claim(body)
    except NotJson:
        raise
    except ClaimInvalid as invalid:
        raise ClaimInvalid(claim_errors(json_value(body)) or invalid.errors) from None
