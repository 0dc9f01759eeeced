"""AOC621: an add-on code without the service it adds to."""

from collections.abc import Iterator

from scrubber.claim import Claim, ServiceLine, line_field
from scrubber.edits.ncci.severity import NO_MEDICAID_EDITION, has_own_tables, softened
from scrubber.edits.ncci.sources import ADD_ON_EDITS
from scrubber.edits.services import billed_lines, rendering_npi, shared_day, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.ncci import AddOn, AddOns, AddOnType
from scrubber.rule import DENY, LINE, REVIEW, Advice, Defect, Reason, Severity, Triggers, Unevaluated, edit

MAY_STAND_ALONE = frozenset({"99292"})
"""The one exception of CR 7501: a partner of the group may have billed the first hour of critical care."""
SHOWN = 8

ADVICE = Advice(
    "Check that the primary service of that day is on the claim, under the same provider, with the right code and "
    "date. If it was billed on another claim, put both on one. If it was not given, take the line off."
)


def _may_be_add_on(code: str, reference: Snapshot) -> bool:
    return reference.add_on is None or reference.add_on.knows(code)


@edit(
    id="AOC621",
    name="add-on-without-primary",
    severity=DENY,
    scope=LINE,
    needs=("add_on",),
    triggers=Triggers("a line bills an add-on code", procedure=_may_be_add_on),
    carc=("CO", "107"),
    citation=ADD_ON_EDITS,
)
def add_on_without_primary(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """An add-on code is billed without the primary service it adds to.

    Why it is denied: An add-on code is paid only if a primary service is paid to the same practitioner for the
    same patient and day. For type 1 CMS lists every primary code; for type 3 it lists some and contractors may
    take others; for type 2 each contractor decides.

    Fails: 64484 (type 1) without 64483 on the day. With 64483 by another provider of the claim it is a review;
    so is a type 3 code beside other services than those listed, and any of this for another payer than Medicare.

    Passes: 64484 with 64483 on the day by the same provider, in any order; a line with GY, for which no payment is
    asked. A type 2 code beside another service is not evaluated: the contractor's list is not loaded; nor is any of
    this for Medicaid: the list is Medicare's.

    Source: CMS, Medicare NCCI Add-on Code Edits, types 1, 2 and 3 (CR 7501), and the file of the quarter.
    """
    table = reference.add_on
    if table is None:
        return
    if has_own_tables(claim, reference):
        yield NO_MEDICAID_EDITION
        return
    lines = billed_lines(claim)
    for number, line in lines:
        add_on = table.add_on(line.procedure, line.service_date)
        if add_on is None:
            continue
        beside, elsewhere = _same_day(claim, lines, line)
        if not add_on.primaries.isdisjoint(beside):
            continue
        if add_on.type is AddOnType.CONTRACTOR and _primary_like(table, line, beside):
            yield Unevaluated(
                reason=Reason.CONTRACTOR_DECIDES,
                detail=f"the contractor decides which services {line.procedure} may be added to",
                line=number,
            )
            continue
        softer = (
            not add_on.primaries.isdisjoint(elsewhere)
            or (add_on.type is AddOnType.SOME_LISTED and _primary_like(table, line, beside))
            or line.procedure in MAY_STAND_ALONE
        )
        yield _defect(number, line, add_on, REVIEW if softer else softened(claim, reference))
    yield from unanswered(table, ((line.procedure, line.service_date) for _, line in lines))


def _same_day(
    claim: Claim, lines: list[tuple[int, ServiceLine]], line: ServiceLine
) -> tuple[set[str], set[str]]:
    """The other procedures of the day: those by the same provider, and those by another."""
    provider = rendering_npi(claim, line)
    beside: set[str] = set()
    elsewhere: set[str] = set()
    for _, other in lines:
        if other.procedure != line.procedure and shared_day(line, other) is not None:
            (beside if rendering_npi(claim, other) == provider else elsewhere).add(other.procedure)
    return beside, elsewhere


def _primary_like(table: AddOns, line: ServiceLine, procedures: set[str]) -> bool:
    """Whether one of the procedures is no add-on code itself."""
    return any(table.add_on(procedure, line.service_date) is None for procedure in procedures)


def _defect(number: int, line: ServiceLine, add_on: AddOn, severity: Severity | None) -> Defect:
    on, listed = line.service_date, sorted(add_on.primaries)
    if not listed:
        lacks = "the primary service it adds to"
    elif len(listed) == 1:
        lacks = listed[0]
    else:
        more = f" or {len(listed) - SHOWN} others" if len(listed) > SHOWN else ""
        lacks = f"any of {', '.join(listed[:SHOWN])}{more}"
    return Defect(
        location=line_field(number, "procedure"),
        message=f"{line.procedure} on {on} adds to another service, and {lacks} is not billed for that day "
        "by the same provider.",
        severity=severity,
        because={
            "procedure": line.procedure,
            "service_date": on.isoformat(),
            "type": int(add_on.type),
            "primaries": listed,
            "edition": add_on.edition,
        },
        advice=ADVICE,
    )
