"""GLB971: a visit or procedure that an earlier procedure's payment includes."""

from collections.abc import Iterable, Iterator
from itertools import islice

from scrubber.claim import Claim, line_field, member
from scrubber.edits.global_period.periods import (
    DAYS_AFTER,
    ITSELF,
    LASTING,
    LONGEST,
    MOST_LOOKED_AT,
    VISITS,
    Inside,
    Periods,
)
from scrubber.edits.services import NOT_ASKED_TO_PAY, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.fee_schedule import FeeRow, FeeSchedule
from scrubber.rule import (
    DENY,
    INFO,
    LINE,
    REVIEW,
    Advice,
    Defect,
    History,
    Past,
    Reason,
    Triggers,
    Unevaluated,
    edit,
    remembered,
)
from scrubber.rule.authorities import physician_manual

NOT_READ = Unevaluated(
    reason=Reason.HISTORY_NOT_READ, detail="the member's other claims were not looked at, only this one"
)
CONTRACTOR_SETS_DAYS = "YYY"


def _look_back(claim: Claim, reference: Snapshot, history: History) -> Iterator[Defect | Unevaluated]:
    whose, fees, told = member(claim), reference.fee_schedule, remembered(claim, reference)
    if whose is None or fees is None:
        return
    first = min(service.first_day for service in told.services) - LONGEST
    last = max(service.last_day for service in told.services) + LONGEST
    others = history.services(whose, first, last)
    if others:
        yield from defects_of(Past(None, ITSELF, told), Periods(others, fees), others, fees)


def _concerns(code: str, reference: Snapshot) -> bool:
    return code in VISITS or (
        reference.fee_schedule is not None and reference.fee_schedule.may(code, _has_global_days)
    )


def _has_global_days(row: FeeRow) -> bool:
    return row.global_days in DAYS_AFTER or row.global_days == CONTRACTOR_SETS_DAYS


@edit(
    id="GLB971",
    name="service-inside-global-period",
    severity=DENY,
    scope=LINE,
    needs=("fee_schedule",),
    triggers=Triggers("a visit, or a procedure with global days, is billed", procedure=_concerns),
    carc=("CO", "97"),
    citation=physician_manual("40.1 to 40.4, Surgeons and Global Surgery"),
    look_back=_look_back,
)
def service_inside_global_period(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A visit or procedure lies in the global period of a procedure of the same provider for the same member.

    Why it is denied: The payment of a procedure includes the visits around it. Global days 000 are its day, 010 the
    ten days after as well, 090 the day before and the ninety days after. What is paid besides says so: a visit with
    57 (decision for major surgery, the day before or the same day), 25 (separate, the same day) or 24 (unrelated,
    afterwards); a procedure afterwards with 58 (staged), 78 (return to the operating room) or 79 (unrelated).

    Fails: 22551 (090) on 2026-03-02 and 99213 by the same provider on any day from 2026-03-01 to 2026-05-31, without
    such a modifier, on another claim or another day of the same one. A review where less is certain: the rendering
    provider is not named on both claims, or is another of the group with the same specialty; the visit carries another
    of these modifiers; the surgery was shared (53, 54, 55); a procedure lies in the period; the payer is not Medicare.
    Where the visit was scrubbed before the procedure, the procedure's claim says so as information.

    Passes: 99213-24 afterwards; 99213-57 the day before 22551; a visit on day 91, or the day after 20610 (000); a visit
    to another provider; an X-ray, for tests are never included; anything around an assistant's line (80, 81, 82, AS).

    Source: Medicare Claims Processing Manual, chapter 12, sections 40.1 to 40.4 and 30.6.6; NCCI Policy Manual, chapter
    I, section D; 42 CFR 414.40; the quarterly PPRRVU file for global days.
    """
    yield NOT_READ
    fees = reference.fee_schedule
    if fees is None:
        return
    first, several_days, may_include = claim.lines[0].service_date, False, False
    unknown = []
    for number, line in enumerate(claim.lines, start=1):
        procedure, on = line.procedure, line.service_date
        several_days = several_days or on != first
        if procedure in VISITS:
            may_include = True
            continue
        entry = fees.entry(procedure, on)
        if entry is None:
            if NOT_ASKED_TO_PAY not in line.modifiers:
                unknown.append((procedure, on))
        elif entry.row.global_days in LASTING:
            may_include = True
        elif entry.row.global_days == CONTRACTOR_SETS_DAYS and NOT_ASKED_TO_PAY not in line.modifiers:
            yield Unevaluated(
                reason=Reason.CONTRACTOR_DECIDES,
                detail=f"{procedure}: the contractor sets its global days (YYY)",
                line=number,
            )
    if unknown:
        yield from unanswered(fees, unknown)
    # A period of one day matters to visits only.
    if several_days and may_include:
        own = Past(None, ITSELF, remembered(claim, reference))
        for inside in Periods((own,), fees).inside(own):
            yield _inside(inside, own)


def defects_of(own: Past, periods: Periods, before: Iterable[Past], fees: FeeSchedule) -> Iterator[Defect]:
    """What is said of a claim beside the member's others.

    ``periods`` are theirs. Of ``before``, those judged before this one was there, none could know of its procedures:
    what of them lies in this claim's periods is told here.
    """
    for inside in periods.inside(own):
        yield _inside(inside, own)
    opened = Periods((own,), fees)
    if not opened:
        return
    told = set()
    for past in islice(before, MOST_LOOKED_AT):
        for inside in opened.inside(past):
            if inside.period.line not in told:
                told.add(inside.period.line)
                yield _includes(inside, past)


def _inside(inside: Inside, own: Past) -> Defect:
    service, period = inside.service, inside.period
    is_deny = inside.certain and own.claim.medicare
    where = f"in line {period.line}" if period.past == own else f"in {period.past}"
    lacks = " or ".join(inside.lacks)
    return Defect(
        location=line_field(inside.line, "modifiers"),
        message=f"{service.procedure} on {service.first_day} lies in the global period of {period.service.procedure} "
        f"on {period.service.first_day} ({where}; global days {period.days}, {period.first} to {period.last}) and has "
        f"no modifier {lacks}.",
        severity=None if is_deny else REVIEW,
        because=_facts(inside)
        | {
            "procedure": period.service.procedure,
            "procedure_date": period.service.first_day.isoformat(),
            "batch": period.past.batch,
            "record": period.past.record or None,
        },
        advice=Advice(
            f"If the record shows that it is paid besides the procedure, modifier {lacks} says so. If it belongs to"
            " the care around the procedure, take the line off."
        ),
    )


def _includes(inside: Inside, past: Past) -> Defect:
    service, period = inside.service, inside.period
    return Defect(
        location=line_field(period.line, "procedure"),
        message=f"{service.procedure} on {service.first_day} in {past}, scrubbed before, lies in the global period of "
        f"{period.service.procedure} (global days {period.days}, {period.first} to {period.last}) and has no modifier "
        f"{' or '.join(inside.lacks)}.",
        severity=INFO,
        because=_facts(inside)
        | {
            "inside": service.procedure,
            "inside_date": service.first_day.isoformat(),
            "batch": past.batch,
            "record": past.record,
        },
        advice=Advice(
            "This claim may go. The other will be denied, or its payment taken back: look whether its record shows"
            " that it is paid besides the procedure."
        ),
    )


def _facts(inside: Inside) -> dict[str, object]:
    period = inside.period
    return {
        "modifiers": list(inside.service.modifiers),
        "lacks": list(inside.lacks),
        "global_days": period.days,
        "from": period.first.isoformat(),
        "until": period.last.isoformat(),
        "edition": period.edition,
    }
