"""How the segments of a part are led through the table of an implementation guide, and read by the plan of it.

Which segments follow one another is the same for most claims of a file. So the order is judged once for each *shape*,
the ids and qualifiers of a part's segments, and the plan that comes of it is kept.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from operator import itemgetter
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from scrubber.intake.x12.elements import check_for
from scrubber.intake.x12.table import Loop, Use
from scrubber.intake.x12.tokenizer import ELEMENT, OVERLONG

MOST_PLANS = 1024
LONGEST_SHAPE = 64
"""Plans kept, and segments of a part whose plan is kept: a claim of ten lines and much about it."""

MOST_FAULTS = 1000
"""Faults told of one part. There may be one of each segment, and a part of a hostile file has many."""

Fields: TypeAlias = dict[str, Any]
"""What has been read so far: the arguments of a claim, of a line."""

Read: TypeAlias = Callable[[Fields, Any], None]
"""Reads one segment, or the list of the segments of a loop, into the fields."""

Steps: TypeAlias = tuple[tuple[Read, int | slice], ...]

Ids: TypeAlias = tuple[str, ...]
"""The first three characters of each segment, as in ``Part.ids``."""

Shape: TypeAlias = tuple[tuple[str, str], ...]
"""Of each segment the id and, where segments of one id are told apart by it, the qualifier."""

Pick: TypeAlias = Callable[[Sequence[str]], Sequence[str]]

TOLD_APART = frozenset({"AMT", "CRC", "DTM", "DTP", "NM1", "REF"})
"""Segments told apart by their first element."""

MakePlan: TypeAlias = "Callable[[Shape], Plan]"
PlanOf: TypeAlias = "Callable[[Ids, Sequence[str]], Plan]"


class Misplaced(Struct, frozen=True):
    """A fault of the order, at the ``index``-th segment of a part: an IK304 code, or IK403 with the element."""

    index: int
    loop: str
    segment: str
    code: str
    element: int | None = None


class Plan(Struct, frozen=True):
    """What a shape means: how to read it, how each segment must be formed, what is misplaced.

    ``steps`` say which function reads what: the index of one segment, or the slice of a loop; ``lines`` are the steps
    of each line. Where a file mixes the order of loops, ``order`` gives the segments' indexes so that each loop
    stands together again, and the steps go by that; else it is None. ``uses`` go with the segments in the file's
    order, each the loop's id and the row, None for one that belongs nowhere; ``checks`` tell quickly whether a
    segment is well-formed.
    """

    steps: Steps
    order: tuple[int, ...] | None
    uses: tuple[tuple[str, Use] | None, ...]
    checks: tuple[Callable[[str], object], ...]
    misplaced: tuple[Misplaced, ...]
    lines: tuple[Steps, ...] = ()

    def ordered(self, segments: Sequence[str]) -> Sequence[str]:
        """The segments of a part in the order that the steps go by."""
        return segments if self.order is None else [segments[index] for index in self.order]

    def loop_at(self, where: int | slice) -> str:
        """The loop of what a step reads."""
        index = where.start if isinstance(where, slice) else where
        use = self.uses[index if self.order is None else self.order[index]]
        return use[0] if use else ""


def plan_made(root: Loop, readers: Mapping[str, Read], ids: Collection[str], shape: Shape) -> Plan:
    """The plan of segments of which the first begins ``root``.

    ``readers`` read a loop (``"2310B"``), a segment of it (``"2300 CLM"``) or one with a qualifier
    (``"2300 DTP*454"``); what nobody reads costs nothing. ``ids`` are the ids of the whole guide.
    """
    walker = _Walker(root, ids)
    uses = [walker.step(index, id_, qualifier) for index, (id_, qualifier) in enumerate(shape)]
    walker.leave(0, len(shape))
    order = [index for visit in walker.visits for index in visit.indexes]
    steps: list[tuple[Read, int | slice]] = []
    begin = 0
    for visit in walker.visits:
        end = begin + len(visit.indexes)
        if read := readers.get(visit.loop.id):
            steps.append((read, slice(begin, end)))
        for at in range(begin, end):
            id_, qualifier = shape[order[at]]
            named = f"{visit.loop.id} {id_}"
            if read := readers.get(f"{named}*{qualifier}") or readers.get(named):
                steps.append((read, at))
        begin = end
    return Plan(
        steps=tuple(steps),
        order=None if order == list(range(len(shape))) else tuple(order),
        uses=tuple(uses),
        checks=tuple(check_for(use[1].pattern, _repeats(use[1])) if use else bool for use in uses),
        misplaced=_bounded(walker.misplaced),
    )


def plan_with_lines(head: MakePlan, line: MakePlan, lines: Loop, shape: Shape) -> Plan:
    """The plan of a claim with its lines, put together from those of its head and of each line.

    A line begins with the first segment of the loop ``lines`` (LX, SVC), or without it, which is a fault, with a second
    service (SV1) if the loop needs one behind it.
    """
    starts = _line_starts(lines, shape)
    bounds = [*starts, len(shape)]
    plan = head(shape[: bounds[0]])
    order = list(plan.order or range(bounds[0]))
    uses, checks, misplaced, steps = [*plan.uses], [*plan.checks], [*plan.misplaced], []
    begins = lines.uses[0]
    for number, (start, end) in enumerate(pairwise(bounds), 1):
        missing = shape[start][0] != begins.id
        if missing:
            misplaced.append(Misplaced(start, lines.id, begins.id, "3"))
        if number == lines.most + 1:
            misplaced.append(Misplaced(start, lines.id, begins.id, "4"))
        plan_of_line = line(((begins.id, ""), *shape[start:end]) if missing else shape[start:end])
        shift = start - missing  # of an index in the line's plan to one in the claim
        steps.append(
            tuple((read, _shifted(where, len(order) - missing)) for read, where in plan_of_line.steps)
        )
        order += [at + shift for at in plan_of_line.order or range(end - shift) if at >= missing]
        uses += plan_of_line.uses[missing:]
        checks += plan_of_line.checks[missing:]
        misplaced += [replace(fault, index=fault.index + shift) for fault in plan_of_line.misplaced]
    if not starts and lines.required:
        misplaced.append(Misplaced(len(shape), lines.id, begins.id, "3"))
    return Plan(
        steps=plan.steps,
        order=None if order == list(range(len(shape))) else tuple(order),
        uses=tuple(uses),
        checks=tuple(checks),
        misplaced=_bounded(misplaced),
        lines=tuple(steps),
    )


def kept(make: MakePlan) -> MakePlan:
    """``make``, with the plans kept that were made last."""
    made = lru_cache(MOST_PLANS)(make)
    return lambda shape: made(shape) if len(shape) <= LONGEST_SHAPE else make(shape)


def by_shape(make: MakePlan) -> PlanOf:
    """The plan of segments, from ``make`` when their shape comes first; for few shapes in many parts, quick."""
    plans: dict[Ids, tuple[Pick, dict[tuple[str, ...], Plan]]] = {}
    count = 0

    def plan_of(ids: Ids, segments: Sequence[str]) -> Plan:
        nonlocal count
        qualified, by_qualifiers = plans.get(ids) or (_qualified(ids), {})
        qualifiers = tuple(map(_qualifier, qualified(segments)))
        plan = by_qualifiers.get(qualifiers)
        if plan is None:
            plan = make(_shape(ids, qualifiers))
            if len(ids) <= LONGEST_SHAPE:
                count += 1
                if count > MOST_PLANS:
                    plans.clear()
                    count = 1
                by_qualifiers[qualifiers] = plan
                plans[ids] = qualified, by_qualifiers
        return plan

    return plan_of


class _Walker:
    """A walk of segments through a loop: the loops that are open, all that were, and what was found wrong."""

    def __init__(self, root: Loop, ids: Collection[str]) -> None:
        self.ids = ids
        self.open = [_Visit(root)]
        self.visits = [*self.open]
        self.misplaced: list[Misplaced] = []

    def step(self, index: int, id_: str, qualifier: str) -> tuple[str, Use] | None:
        """Take the next segment; the loop and row it belongs to, None if nowhere."""
        if index == 0:
            return self._take(index, self.open[0], self.open[0].loop.uses[0])
        for depth in range(len(self.open) - 1, -1, -1):
            visit = self.open[depth]
            for use in visit.loop.uses[1:]:
                if _is(use, id_, qualifier):
                    self.leave(depth + 1, index)
                    return self._take(index, visit, use)
            for inner in visit.loop.loops:
                if _is(inner.uses[0], id_, qualifier):
                    self.leave(depth + 1, index)
                    return self._enter(index, visit, inner)
        self._nowhere(index, id_, "7" if qualifier else "1")
        return None

    def leave(self, depth: int, index: int) -> None:
        """Close the open loops from ``depth`` inwards; what they lack is missing before the ``index``-th segment."""
        for visit in reversed(self.open[depth:]):
            for use in visit.loop.uses:
                if use.required and use not in visit.counts:
                    self._misplaced(index, visit.loop, use, "3")
            for inner in visit.loop.loops:
                if inner.required and inner not in visit.counts:
                    self._misplaced(index, inner, inner.uses[0], "3")
        del self.open[depth:]

    def _take(self, index: int, visit: "_Visit", use: Use) -> tuple[str, Use]:
        visit.indexes.append(index)
        self._advance(index, visit, use)
        visit.counts[use] += 1
        if visit.counts[use] > use.most:
            self._misplaced(index, visit.loop, use, "5" if use.most else "2")
        return visit.loop.id, use

    def _enter(self, index: int, visit: "_Visit", inner: Loop) -> tuple[str, Use]:
        begins = inner.uses[0]
        self._advance(index, visit, begins)
        visit.counts[inner] += 1
        if visit.counts[inner] > inner.most:
            self._misplaced(index, inner, begins, "4")
        begun = _Visit(inner)
        self.open.append(begun)
        self.visits.append(begun)
        return self._take(index, begun, begins)

    def _advance(self, index: int, visit: "_Visit", use: Use) -> None:
        if use.position < visit.position:
            self._misplaced(index, visit.loop, use, "7")
        visit.position = max(visit.position, use.position)

    def _nowhere(self, index: int, id_: str, unlike: str) -> None:
        """A segment that is in none of the open loops. One that would begin a loop ends those beside it.

        ``unlike`` is the code for one whose qualifier only is not that of a row.
        """
        code, element = ("2", None) if id_ in self.ids else ("1", None)
        for depth, visit in enumerate(self.open):
            if any(inner.uses[0].id == id_ for inner in visit.loop.loops):
                self.leave(depth + 1, index)
                code, element = unlike, 1
                break
            if any(use.id == id_ for use in visit.loop.uses):
                code, element = unlike, 1
        if id_ == OVERLONG:
            code, element = "5", 1
        self.misplaced.append(Misplaced(index, self.open[-1].loop.id, id_, code, element))

    def _misplaced(self, index: int, loop: Loop, use: Use, code: str) -> None:
        self.misplaced.append(Misplaced(index, loop.id, use.id, code))


class _Visit:
    """A loop while its segments come: their indexes, how far its order is, how often each row and inner loop came."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.indexes: list[int] = []
        self.position = 0
        self.counts: Counter[Use | Loop] = Counter()


def _is(use: Use, id_: str, qualifier: str) -> bool:
    return use.id == id_ and (not use.qualifiers or qualifier in use.qualifiers)


def _bounded(misplaced: Sequence[Misplaced]) -> tuple[Misplaced, ...]:
    """The first faults, and of those behind only that something could not be read."""
    unread = (fault for fault in misplaced[MOST_FAULTS:] if fault.segment == OVERLONG)
    return (*misplaced[:MOST_FAULTS], *islice(unread, 1))


def _repeats(use: Use) -> bool:
    """Whether segments of a row come again word for word: not those of one patient or one claim."""
    return use.id not in {"CLM", "CLP", "DMG", "HL", "N3", "NTE", "PER", "REF"} and not use.qualifiers & {
        "IL",
        "QC",
    }


def _line_starts(lines: Loop, shape: Shape) -> list[int]:
    begins, second = lines.uses[:2]
    service = second.id if second.required else None
    starts: list[int] = []
    complete = True  # the line before, if any, has its service
    for at, (id_, _) in enumerate(shape):
        if id_ == begins.id or (id_ == service and complete):
            starts.append(at)
        if id_ in {begins.id, service}:
            complete = id_ == service
    return starts


def _shifted(where: int | slice, by: int) -> int | slice:
    return where + by if isinstance(where, int) else slice(where.start + by, where.stop + by)


def _qualified(ids: Ids) -> Pick:
    """Picks the segments that are told apart by their first element."""
    indexes = [index for index, id_ in enumerate(ids) if id_ in TOLD_APART]
    if len(indexes) > 1:
        return itemgetter(*indexes)
    return itemgetter(slice(indexes[0], indexes[0] + 1) if indexes else slice(0))


def _shape(ids: Ids, qualifiers: Sequence[str]) -> Shape:
    rest = iter(qualifiers)
    return tuple(
        (id_.removesuffix(ELEMENT), next(rest).partition(ELEMENT)[0] if id_ in TOLD_APART else "")
        for id_ in ids
    )


_qualifier = itemgetter(slice(4, 7))
