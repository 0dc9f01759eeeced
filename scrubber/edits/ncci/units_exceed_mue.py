"""MUE611: more units than Medicare pays of a code on a line or for a day."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from scrubber.claim import Claim, ServiceLine, line_field
from scrubber.edits.ncci.severity import NO_MEDICAID_EDITION, has_own_tables, softened
from scrubber.edits.services import billed_lines, rendering_npi, told_by_chiropractic_benefit, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.fee_schedule import NEVER_PAID
from scrubber.reference.ncci import UnitLimit
from scrubber.rule import DENY, LINE, Advice, Defect, Severity, Unevaluated, edit
from scrubber.rule.authorities import ncci_manual

ZERO = Decimal(0)
A_LINE, BY_POLICY, BY_BENCHMARK = 1, 2, 3
ADVICE = {
    A_LINE: Advice(
        "Check the units against the record. If they were given, bill those above the limit on a line of their own "
        "with the modifier that says why (76, 77, 59, a side or digit)."
    ),
    BY_POLICY: Advice(
        "Check the units, the code and the day against the record. The limit follows from the code's definition, "
        "anatomy or policy; contractors may not pay beyond it."
    ),
    BY_BENCHMARK: Advice(
        "Check the units against the record. The contractor pays beyond the limit only on appeal, where the record "
        "shows that the units were given, rightly coded and necessary."
    ),
}


def some_units_in_question(claim: Claim, reference: Snapshot) -> bool:
    """Whether the units of a code on a day, whoever gave them, exceed its limit, or the table can't tell."""
    limits = reference.mue
    if limits is None:
        return True
    lines, most = claim.lines, limits.most
    for line in lines:
        if line.units > most(line.procedure, line.service_date):
            return True
    if len(lines) > 1 and len({line.procedure for line in lines}) < len(lines):
        added: dict[tuple[str, date], Decimal] = {}
        for line in lines:
            if line.units <= ZERO:  # what one provider takes back lowers nothing of another's
                continue
            service = line.procedure, line.service_date
            added[service] = added.get(service, ZERO) + line.units
            if added[service] > most(*service):
                return True
    return has_own_tables(claim, reference)


@edit(
    id="MUE611",
    name="units-exceed-mue",
    severity=DENY,
    scope=LINE,
    needs=("mue",),
    screen=some_units_in_question,
    carc=("CO", "222"),
    citation=ncci_manual("V, Medically Unlikely Edits"),
)
def units_exceed_mue(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """More units of a code are billed than Medicare pays one provider for a patient and day.

    Why it is denied: CMS publishes the most units of a code that are plausible. Where the adjudication indicator
    is 1, each line is held against the limit; where it is 2 or 3, the units of all lines of the day are added up,
    whatever their modifiers. All units above or below the limit are then denied. A limit with indicator 2 is
    never passed, one with 3 only on appeal.

    Fails: 64483 with 2 units on one day, or on two lines of 1 unit each (limit 1, indicator 2). For another payer
    than Medicare it is a review.

    Passes: 97110 with 6 units (limit 6); a line over several days with no more than the limit for each; a line with
    GY, for which no payment is asked; a code without a published limit. A limit of 0 restates that a code is bundled,
    not covered or not valid, as 97010 is: PX403 says which, and CHI808 what a chiropractor bills outside the benefit.
    For Medicaid, which has tables of its own, it is not evaluated.

    Source: Medicare NCCI Policy Manual, chapter I, section V; the quarterly MUE file for practitioner services; MLN
    Matters MM8853 for the indicators.
    """
    limits = reference.mue
    if limits is None:
        return
    if has_own_tables(claim, reference):
        yield NO_MEDICAID_EDITION
        return
    severity = softened(claim, reference)
    lines = [(number, line) for number, line in billed_lines(claim) if line.unit_basis == "UN"]
    added: dict[tuple[str, date, str | None], tuple[Decimal, list[int]]] = {}
    for number, line in lines:
        limit = limits.limit(line.procedure, line.service_date)
        if limit is None or (limit.units == 0 and (severity or _told_elsewhere(claim, line, reference))):
            # A limit of none says that Medicare does not cover the code, which is nothing to another payer.
            continue
        units, numbers = _a_day(line), [number]
        if limit.indicator != A_LINE:
            key = (line.procedure, line.service_date, rendering_npi(claim, line))
            before, earlier = added.get(key, (ZERO, []))
            units, numbers = units + before, [*earlier, number]
            added[key] = units, numbers
            if before > limit.units:  # told at the line that went beyond
                continue
        if units > limit.units:
            yield _defect(line, numbers, units, limit, severity)
    yield from unanswered(limits, ((line.procedure, line.service_date) for _, line in lines))


def _told_elsewhere(claim: Claim, line: ServiceLine, reference: Snapshot) -> bool:
    """Whether another edit says why Medicare pays no unit of the code, which is the cause of the limit of none."""
    if told_by_chiropractic_benefit(claim, line):
        return True
    entry = (
        reference.fee_schedule.entry(line.procedure, line.service_date) if reference.fee_schedule else None
    )
    return entry is not None and entry.row.status in NEVER_PAID


def _a_day(line: ServiceLine) -> Decimal:
    """The units of a line; of one over several days what each has, to the nearest whole number."""
    last = line.service_date_to
    if last is None or last <= line.service_date:
        return line.units
    days = (last - line.service_date).days + 1
    return (line.units / days).quantize(Decimal(1), ROUND_HALF_UP)


def _defect(
    line: ServiceLine, numbers: list[int], units: Decimal, limit: UnitLimit, severity: Severity | None
) -> Defect:
    on = line.service_date
    where = f"lines {', '.join(map(str, numbers))} together" if len(numbers) > 1 else f"line {numbers[0]}"
    most = (
        f"at most {limit.units} {'on a line' if limit.indicator == A_LINE else 'a day'}"
        if limit.units
        else "none"
    )
    return Defect(
        location=line_field(numbers[-1], "units"),
        message=f"{line.procedure} on {on} has {units.normalize():f} units in {where}; Medicare pays {most}.",
        severity=severity,
        carc=("CO", "151") if limit.indicator == BY_BENCHMARK else None,
        because={
            "procedure": line.procedure,
            "service_date": on.isoformat(),
            "units": f"{units.normalize():f}",
            "lines": numbers,
            "limit": limit.units,
            "adjudication_indicator": limit.indicator,
            "rationale": limit.rationale,
            "edition": limit.edition,
        },
        advice=ADVICE[limit.indicator],
    )
