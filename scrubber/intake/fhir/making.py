"""A claim in the making, and where in the resources each of its values stands."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from scrubber.claim import Location as Place
from scrubber.intake.fhir import resources as fhir
from scrubber.intake.fhir.references import Surroundings

Found: TypeAlias = tuple[tuple[str, ...], str, str]
"""A field of a provider, its value, and the FHIR path of that."""


class Making:
    """A claim in the making: its values, the FHIR path of each, and what can't be read."""

    def __init__(self, claim: fhir.Claim, path: str, around: Surroundings) -> None:
        self.claim = claim
        self.path = path
        self.around = around
        self.values: dict[str, Any] = {"payer": {}, "lines": [{} for _ in claim.item]}
        self.paths: dict[Place, str] = {
            ("lines", number): f"{path}.item[{number}]" for number in range(len(claim.item))
        }
        self.faults: list[str] = []

    def put(self, path: str, value: object, *place: str | int) -> None:
        """Set a value, unless there is none. The last step of ``place`` is a field."""
        if value is None or value == "":
            return
        target: Any = self.values
        for step in place[:-1]:
            target = target[step] if isinstance(step, int) else target.setdefault(step, {})
        target[place[-1]] = value
        self.paths[place] = path

    def add(self, path: str, value: object, *place: str | int) -> None:
        """Append a value to the list at ``place``."""
        target: Any = self.values
        for step in place[:-1]:
            target = target[step]
        listed = target.setdefault(place[-1], [])
        self.paths[(*place, len(listed))] = path
        listed.append(value)

    def put_party(self, parts: Iterable[Found], *place: str | int) -> None:
        """Set the fields of a provider; those that are there already stay."""
        for field, value, path in parts:
            if (*place, *field) not in self.paths:
                self.put(path, value, *place, *field)
