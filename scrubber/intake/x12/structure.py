"""What is wrong with the structure of a part, told as faults at the places of its transaction."""

from collections.abc import Iterator
from itertools import islice
from operator import attrgetter, call

from scrubber.intake.x12.elements import element_faults
from scrubber.intake.x12.envelope import Part, Transaction
from scrubber.intake.x12.faults import DATA_ELEMENT, SEGMENT, Fault, is_id
from scrubber.intake.x12.guide import MOST_FAULTS, Plan
from scrubber.intake.x12.tokenizer import ELEMENT


def part_faults(transaction: Transaction, part: Part, plan: Plan, elements: bool) -> list[Fault]:
    """The faults of a part in the order of its segments: those of the order, and of elements if they are asked for."""
    found = [
        fault_at(transaction, part.position + at.index, at.segment, at.code, at.loop, at.element)
        for at in plan.misplaced
    ]
    if elements and not all(map(call, plan.checks, part.segments)):
        found += islice(_of_elements(transaction, part, plan), MOST_FAULTS)
    return sorted(found, key=attrgetter("position")) if len(found) > 1 else found


def _of_elements(transaction: Transaction, part: Part, plan: Plan) -> Iterator[Fault]:
    checked = zip(plan.checks, plan.uses, part.segments, strict=True)
    for position, (is_well_formed, use, segment) in enumerate(checked, part.position):
        if use and not is_well_formed(segment):
            loop, row = use
            if segment.split(ELEMENT, 1)[0] != row.id:
                yield fault_at(transaction, position, "", "1", loop)
            for element, component, code in element_faults(row.elements, row.conditions, segment):
                yield fault_at(transaction, position, row.id, code, loop, element, component)


def fault_at(
    transaction: Transaction,
    position: int,
    segment: str,
    code: str,
    loop: str = "",
    element: int | None = None,
    component: int | None = None,
) -> Fault:
    """A fault of the segment at a position of a transaction, or of one of its elements."""
    shown = segment if is_id(segment) else "?"
    at = shown if element is None else f"{shown}{element:02}"
    at = at if component is None else f"{at}-{component}"
    return Fault(
        codes="IK304" if element is None else "IK403",
        code=code,
        message=(SEGMENT if element is None else DATA_ELEMENT)[code],
        place=f"{transaction.place} {f'{loop} ' if loop else ''}{at} (segment {position})",
        interchange=transaction.interchange,
        group=transaction.group,
        transaction=transaction.control_number,
        loop=loop or None,
        segment=shown,
        position=position,
        element=element,
        component=component,
    )
