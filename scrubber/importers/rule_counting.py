"""What may stand beside the operators of a subject of claim history, and the days in which is counted."""

from typing import Final

import yaml

from scrubber.importers.yaml_sheet import Sheet
from scrubber.reference.limits import Window

COUNTED: Final = {
    "of": "The procedures that are counted: equals, in, in_range or matches_set.",
    "with_modifiers": "Only lines with one of these modifiers are counted.",
    "within": "The days up to the service and with it: {days: 30}, {months: 12} or calendar_year.",
    "provider": "Whose services: any (of any provider, the default) or same (of the rendering provider of the line).",
    "payer": "Billed to whom: same (the payer of the claim, the default) or any.",
}
"""Each key with its meaning."""
OF: Final = ("equals", "in", "in_range", "matches_set")
"""The operators that say which procedures are counted."""
SAME, ANY = "same", "any"
CALENDAR_YEAR: Final = "calendar_year"
LONGEST: Final = {"days": 3660, "months": 120}
WITHIN: Final = f"{CALENDAR_YEAR}, or days or months in braces, such as {{days: 30}}"


def read_window(sheet: Sheet, node: yaml.Node, what: str) -> Window:
    """The days in which is counted."""
    if not isinstance(node, yaml.MappingNode):
        sheet.choice(node, what, (CALENDAR_YEAR,), WITHIN)
        return Window()
    given = sheet.mapping(node, what, (), LONGEST)
    if len(node.value) != 1:
        sheet.fault(node, f"{what}: expected {WITHIN}")
    lengths = {}
    for unit, value in given.items():
        length = sheet.number(value, f"{what}.{unit}")
        if length and not (1 <= length <= LONGEST[unit] and length == int(length)):
            sheet.fault(
                value, f"{what}.{unit}: expected a whole number from 1 to {LONGEST[unit]}, not {length:f}"
            )
        lengths[unit] = int(length)
    return Window(lengths.get("days"), lengths.get("months"))
