"""FRQ961: more visits, units, services or dollars than the payer pays in a period."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from scrubber.claim import Claim, ServiceLine, line_field, member
from scrubber.reference import PayerProfile, Snapshot
from scrubber.reference.limits import Count, Limit
from scrubber.rule import (
    DENY,
    LINE,
    REVIEW,
    Advice,
    Citation,
    Counting,
    Defect,
    History,
    Reach,
    Reason,
    Remembered,
    Triggers,
    Unevaluated,
    edit,
    may_exceed,
)
from scrubber.rule.authorities import therapy_manual

NOT_READ = Unevaluated(
    reason=Reason.HISTORY_NOT_READ,
    detail="the payer has a limit for a service of this claim, and what the member had before was not looked at",
)
NOBODY = Unevaluated(
    reason=Reason.FACT_MISSING,
    detail="the payer has a limit for a service of this claim, and the claim has no member id",
)
CARC_OF = {"benefit_maximum": ("CO", "119"), "frequency": ("CO", "151")}


def _look_back(claim: Claim, reference: Snapshot, history: History) -> Iterator[Defect | Unevaluated]:
    judged = list(_judged(claim, reference))
    if not judged or member(claim) is None:
        return
    counting = Counting(claim, reference, history)
    for number, line, limit in judged:
        counted = counting.count(limit.counted, number)
        if counted is None:
            yield Unevaluated(
                reason=Reason.FACT_MISSING,
                detail=f"{limit.name}: the claim does not say who gave the service",
                line=number,
            )
        elif counted > limit.at_most:
            yield _exceeded(number, line, limit, counted)


def _reach(reference: Snapshot) -> Reach:
    # Of all payers: which one a claim is for is told by the claim, which is not at hand.
    limits: list[Limit] = []
    limits.extend(limit for limit in _limits(reference) if limit not in limits)

    def since(first_day: date) -> date:
        return min([limit.counted.window.first_day(first_day) for limit in limits], default=first_day)

    def may_say(claims: Sequence[Remembered]) -> bool:
        services = [service for claim in claims for service in claim.services]
        return any(
            may_exceed(limit.counted, limit.at_most, services)
            for limit in limits
            if any(limit.judges(one.procedure, one.modifiers, one.first_day) for one in services)
        )

    return Reach(since, may_say)


def _has_limits(profile: PayerProfile) -> bool:
    return bool(profile.limits)


def _is_limited(procedure: str, reference: Snapshot) -> bool:
    return any(
        limit.counted.names_procedures and limit.counted.takes_procedure(procedure)
        for limit in _limits(reference)
    )


def _limits_by(modifier: str, reference: Snapshot) -> bool:
    return any(
        not limit.counted.names_procedures and modifier in limit.counted.modifiers
        for limit in _limits(reference)
    )


def _limits(reference: Snapshot) -> Iterator[Limit]:
    for profile in reference.payers.profiles:
        yield from profile.limits


@edit(
    id="FRQ961",
    name="frequency-limit-exceeded",
    severity=DENY,
    scope=LINE,
    triggers=Triggers(
        "the payer's profile has a limit for one of its services",
        payer=_has_limits,
        procedure=_is_limited,
        modifier=_limits_by,
    ),
    carc=("CO", "119"),
    citation=therapy_manual("10.3, Application of Financial Limitations"),
    look_back=_look_back,
    reach=_reach,
)
def frequency_limit_exceeded(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """The member has had more of a service than the payer pays in a period.

    Why it is denied: Many plans pay a number of visits, units or services in a year or some weeks, or up to an amount,
    and deny what goes beyond. The limits stand in the profile of the payer, each with its authority.

    Fails: A line with which the member has had more, up to and including its day, than a limit of the payer says. What
    was billed counts, of claims that stand: a claim that was replaced or taken back does not, one that was scrubbed
    twice counts once. A limit of dollars is a review only, for the charges stand in for the amounts that the payer
    allows: a therapy line with GP, GN or GO and no KX beyond the Medicare threshold of its year.

    Passes: The last visit within the limit; a line with a modifier that the limit excepts (KX); a service on another
    side of the period; one of another member, or of another provider where the limit is for each provider; GY.

    Source: The authority beside each limit in payer_rules; for therapy services, Medicare Claims Processing Manual,
    chapter 5, section 10.3.
    """
    if next(_judged(claim, reference), None) is not None:
        yield NOBODY if member(claim) is None else NOT_READ


def _judged(claim: Claim, reference: Snapshot) -> Iterator[tuple[int, ServiceLine, Limit]]:
    """Each line with each limit that it may go beyond."""
    limits = reference.payers.profile(claim).limits
    for number, line in enumerate(claim.lines, start=1):
        for limit in limits:
            if limit.judges(line.procedure, line.modifiers, line.service_date):
                yield number, line, limit


def _exceeded(number: int, line: ServiceLine, limit: Limit, counted: Decimal) -> Defect:
    what, in_dollars = limit.counted, limit.counted.count is Count.CHARGES
    had, most = (
        (f"${counted:,.2f} of charges", f"${limit.at_most:,.2f}")
        if in_dollars
        else (f"{counted.normalize():f} {what.count}", f"{limit.at_most.normalize():f}")
    )
    by_one = " by this provider" if what.same_provider else ""
    because = {
        "limit": limit.name,
        "count": what.count.value,
        "counted": str(counted),
        "at_most": str(limit.at_most),
        "from": what.window.first_day(line.service_date).isoformat(),
        "until": line.service_date.isoformat(),
        "same_provider": what.same_provider,
    }
    excepted = " or ".join(sorted(limit.unless_modifiers))
    return Defect(
        location=line_field(number, "procedure"),
        message=f"{line.procedure} on {line.service_date}: {had}{by_one} in {what.window} up to this line, where the "
        f"payer's limit is {most} ({limit.name})."
        + (" Charges stand in for the amounts allowed, which are mostly less." if in_dollars else ""),
        severity=None if limit.deny else REVIEW,
        carc=CARC_OF[limit.kind],
        because=because,
        citation=Citation(limit.title, limit.url, limit.section, f"read {limit.retrieved}"),
        advice=Advice(
            "Look whether the earlier services were sent and paid, and what the member's plan still pays."
            + (
                f" If the record shows that the service is needed beyond the limit, modifier {excepted} says so."
                if excepted
                else " If the payer has authorized more, the claim says so by its authorization number."
            )
        ),
    )
