"""Where in a claim something stands.

A location is the path of field names and 0-based positions from the claim to the value:
``("lines", 0, "modifiers", 1)``. Told as a JSON pointer here; each intake that reads another format can tell the
same path in that format's own terms (segment and element, row and column).
"""

from typing import TypeAlias

Location: TypeAlias = tuple[str | int, ...]


def line_field(line: int, field: str, *rest: str | int) -> Location:
    """The location of a field of the ``line``-th service line (1-based, as on the form)."""
    return ("lines", line - 1, field, *rest)


def json_pointer(location: Location) -> str:
    """The location as an RFC 6901 JSON pointer: ``("lines", 0, "units")`` → ``"/lines/0/units"``."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in location)


def location_of(pointer: str) -> Location:
    """The location of an RFC 6901 JSON pointer: ``"/lines/0/units"`` → ``("lines", 0, "units")``."""
    steps = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    return tuple(int(step) if step.isdecimal() else step for step in steps)
