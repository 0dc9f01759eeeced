"""The number of a certificate without which a service is not paid: on the line, or for all lines on the claim."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from scrubber.claim import Claim, Location, line_field
from scrubber.rule import Advice, Defect, Severity


class Certificate(NamedTuple):
    """A number of a certificate: its field in claim and line, what it is called, and the form it has."""

    field: str
    name: str
    form: str
    has_form: Callable[[str], object]
    advice: Advice


class Certified(NamedTuple):
    """A line, counted from 1, that needs the number; and what is said, and how hard, where there is none."""

    number: int
    severity: Severity
    says: str


def without(claim: Claim, certificate: Certificate, lines: Iterable[Certified]) -> Iterator[Defect]:
    """Lines whose number is missing, or has not the form of one; a number on the claim is told once for all lines."""
    of_claim: str | None = getattr(claim, certificate.field)
    told: set[Location] = set()
    for number, severity, says in lines:
        line = claim.lines[number - 1]
        of_line: str | None = getattr(line, certificate.field)
        given = of_line or of_claim
        location = (certificate.field,) if given and not of_line else line_field(number, certificate.field)
        if location in told or (given and certificate.has_form(given)):
            continue
        told.add(location)
        yield Defect(
            location=location,
            message=f"The {certificate.name} for {line.procedure} is not {certificate.form}."
            if given
            else says,
            severity=severity,
            because={
                "procedure": line.procedure,
                "modifiers": list(line.modifiers),
                "service_date": line.service_date.isoformat(),
            },
            advice=certificate.advice,
        )
