"""What may be written differently in a claim without asking anybody: the repairs its findings call safe."""

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from scrubber.claim import Claim, Location
from scrubber.claim.location import location_of
from scrubber.engine import Result


class Repair(Struct, frozen=True):
    """A text of the claim to be written differently. ``place`` is where it stands in the file, as findings say it."""

    edit: str
    place: str
    location: Location
    old: str
    new: str


Tell: TypeAlias = Callable[[Repair, str], None]
"""Is told every repair, with the reason where it is left out, an empty text where it is made."""


def safe_repairs(claim: Claim, result: Result, tell: Tell) -> list[Repair]:
    """The repairs of a result, each place once. One that is more than another text in one place is left out."""
    repairs: dict[Location, Repair] = {}
    for finding in result.findings:
        if finding.advice.applicability != "safe":
            continue
        place = finding.source_location or finding.pointer
        match finding.advice.patch:
            case ({"op": "replace", "path": finding.pointer, "value": str(new)},):
                location = location_of(finding.pointer)
                old = _value(claim, location)
                if isinstance(old, str):
                    repairs.setdefault(location, Repair(finding.edit, place, location, old, new))
                    continue
        tell(Repair(finding.edit, place, (), "", ""), "it is not the replacement of one text")
    return list(repairs.values())


def _value(claim: Claim, location: Location) -> object:
    value: Any = claim
    for step in location:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value
