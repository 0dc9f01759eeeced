"""How an implementation guide is written down as a table.

A guide is loops in loops; a loop is rows of segments, the first of which begins it::

    NM1*82          2500  ! 1  !=1|2 !AN60 AN35 …
    REF*0B|1G|G2    2710    3  !AN50 -2

Segment id and, where they tell the segments of one id apart, the codes of its first element; its position in the
standard (a segment of a lower position comes first); ``!`` if required; how often it may come (0: it is not of this
guide, and read where it comes all the same); its elements, after the qualifier if that is written with the id.

An element is ``-`` (not used; ``-3``: three of them), a type with its lengths (``AN60`` 1 to 60 characters, ``AN2-2``
exactly 2; ``AN`` text, ``N`` whole number, ``R`` decimal number, ``DT`` date, ``TM`` time, ``D`` span of dates behind
RD8, else a date), or codes (``=11|22``); in parentheses the components of a composite; in brackets two elements that
come both or neither. ``!`` before it: required. Behind the elements their other conditions as the standard writes
them: ``C0704`` (the 4th must come with the 7th), ``E0207`` (not both), ``R0203`` (at least one).
"""

from msgspec import Struct

from scrubber.intake.x12.elements import Condition, Element, row_in, segment_pattern


class Use(Struct, eq=False):
    """A segment at its place in a loop."""

    id: str
    qualifiers: frozenset[str]
    position: int
    required: bool
    most: int
    elements: tuple[Element, ...]
    conditions: tuple[Condition, ...]
    pattern: str


class Loop(Struct, eq=False):
    """A loop: its segments, the first of which begins it, and the loops in it."""

    id: str
    required: bool
    most: int
    uses: tuple[Use, ...]
    loops: tuple["Loop", ...] = ()


def loop(heading: str, rows: str, *loops: Loop) -> Loop:
    """A loop from its heading (``2310A ! 2``: id, required, how often) and its rows."""
    id_, *required, most = heading.split()
    uses = tuple(_use(row) for line in rows.splitlines() if (row := line.strip()))
    return Loop(id_, bool(required), int(most), uses, loops)


def ids_in(*loops: Loop) -> frozenset[str]:
    """The ids of all segments of loops and of the loops in them."""
    return frozenset(use.id for loop in loops for use in loop.uses).union(
        *(ids_in(*loop.loops) for loop in loops)
    )


def _use(row: str) -> Use:
    key, position, rest = row.split(None, 2)
    required, rest = rest.startswith("!"), rest.removeprefix("!")
    most, elements = rest.split(None, 1)
    id_, _, codes = key.partition("*")
    described, conditions = row_in(f"!={codes} {elements}" if codes else elements)
    return Use(
        id=id_,
        qualifiers=frozenset(filter(None, codes.split("|"))),
        position=int(position),
        required=required,
        most=int(most),
        elements=described,
        conditions=conditions,
        pattern=segment_pattern(id_, described, conditions),
    )
