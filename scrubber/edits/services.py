"""What several families ask of service lines: which are billed, by whom, on which day, and what no table answers."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from scrubber.claim import Claim, ServiceLine, rendering_taxonomy
from scrubber.reference.ncci import Editions
from scrubber.rule import Reason, Unevaluated

NOT_ASKED_TO_PAY = "GY"
"""The biller itself says that the service is excluded: it is denied for that before anything else is looked at."""


def codes_between(*ranges: tuple[int, int]) -> frozenset[str]:
    """The codes of five digits in these ranges, both ends included."""
    return frozenset(f"{code:05}" for first, last in ranges for code in range(first, last + 1))


EVALUATIONS = codes_between(
    (92012, 92014),
    (99211, 99215),
    (99221, 99239),
    (99242, 99255),
    (99291, 99291),
    (99304, 99316),
    (99347, 99350),
)
"""Visits: eyes, office, hospital, consultation, critical care, nursing facility, home.

Those of new patients and in the emergency room are left out: contractors do not ask for 25 there, and the code pairs
leave them out too.
"""

SPINAL_MANIPULATION = frozenset({"98940", "98941", "98942"})
"""The only services Medicare pays a chiropractor for."""

EXTRASPINAL_MANIPULATION = "98943"

CHIROPRACTOR = "111N"
"""Chiropractors' taxonomy codes begin so."""

POSTOPERATIVE_VISIT = "99024"
"""Paid with the procedure, and on a claim only to tell that it took place."""


def billed_lines(claim: Claim) -> list[tuple[int, ServiceLine]]:
    """The lines payment is asked for, with their 1-based numbers."""
    return [
        (number, line)
        for number, line in enumerate(claim.lines, start=1)
        if NOT_ASKED_TO_PAY not in line.modifiers
    ]


def reports_only(procedure: str) -> bool:
    """Whether a code only reports something and is billed at zero: category II (9999F), measures, 99024."""
    return procedure == POSTOPERATIVE_VISIT or (
        len(procedure) == 5 and (procedure[4] == "F" or procedure.startswith(("G8", "G9", "M1")))
    )


def by_chiropractor(claim: Claim, line: ServiceLine) -> bool:
    """Whether who gave a service is a chiropractor by the taxonomy code, as far as the claim tells it."""
    return (rendering_taxonomy(claim, line) or "").startswith(CHIROPRACTOR)


def rendering_npi(claim: Claim, line: ServiceLine) -> str | None:
    """Who gave the service: the line's rendering provider, the claim's, else the billing provider."""
    for provider in (line.rendering_provider, claim.rendering_provider):
        if provider is not None and provider.npi:
            return provider.npi
    return claim.billing_provider.npi


def told_by_chiropractic_benefit(claim: Claim, line: ServiceLine) -> bool:
    """Whether the edits of that benefit are the ones to say that Medicare does not pay for a line."""
    return line.procedure == EXTRASPINAL_MANIPULATION or by_chiropractor(claim, line)


def shared_day(one: ServiceLine, other: ServiceLine) -> date | None:
    """The first day of service of both lines, None where they have none in common."""
    if one.service_date == other.service_date:
        return one.service_date
    first, second = (one, other) if one.service_date < other.service_date else (other, one)
    last = first.service_date_to
    return second.service_date if last is not None and second.service_date <= last else None


def unanswered(table: Editions[Any], services: Iterable[tuple[str, date]]) -> Iterator[Unevaluated]:
    """What to say of the services (procedure, day) that no edition of a table answers for; nothing for most."""
    missing: dict[str | None, dict[str, None]] = {}
    for procedure, on in services:
        if not table.answers(on, procedure):
            missing.setdefault(table.speaking(on), {})[procedure] = None
    for edition, procedures in missing.items():
        told = ", ".join(procedures)
        if edition is None:
            yield Unevaluated(
                reason=Reason.OUTSIDE_EDITION,
                detail=f"{told}: the service lies before {table.earliest}, the first day the table speaks of",
            )
        else:
            yield Unevaluated(
                reason=Reason.NOT_IN_STARTER_TABLE,
                detail=f"{told}: not in the {edition}; the official file has every code",
            )
