"""Charts as shapes, for any form to draw. The origin is at the top left; a role is what a shape stands for."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import floor, log10
from typing import Literal, NamedTuple

from scrubber.report.figures import Dispositions, Week
from scrubber.report.forms.shown import plural, shown

Role = Literal["clean", "review", "hold", "loss", "share", "axis", "label"]


class Bar(NamedTuple):
    """A filled rectangle; ``says`` names it."""

    x: float
    y: float
    width: float
    height: float
    role: Role
    says: str = ""


class Path(NamedTuple):
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    role: Role


class Label(NamedTuple):
    """A text; ``y`` is its base line."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"]


class Chart(NamedTuple):
    """Shapes in a field; ``says`` is the chart in words, for who can't see it."""

    width: float
    height: float
    says: str
    shapes: tuple[Bar | Path | Label, ...]


LEFT, TOP, PLOT, GAP, BOTTOM = 52.0, 22.0, 96.0, 34.0, 20.0


def dispositions_chart(of: Dispositions, width: float) -> Chart | None:
    """One bar of the claims by disposition; None where there are none."""
    parts: tuple[tuple[Role, int], ...] = (
        ("clean", of.clean.claims), ("review", of.review.claims), ("hold", of.hold.claims),
    )  # fmt: skip
    claims = sum(count for _, count in parts)
    if not claims:
        return None
    shapes, x = [], 0.0
    for role, count in parts:
        part = width * count / claims
        if count:
            shapes.append(
                Bar(x, 0, max(part - 2, 1.0), 18, role, f"{role} {plural(count, 'claim', 'claims')}")
            )
        x += part
    says = ", ".join(
        f"{role} {shown(count, 'count')} ({shown(count / claims, 'share')})" for role, count in parts
    )
    return Chart(width, 18, f"Claims by disposition: {says}.", tuple(shapes))


def weeks_chart(weeks: Sequence[Week], width: float) -> Chart | None:
    """Clean rate and expected loss week by week, one above the other; None for fewer than two weeks."""
    if len(weeks) < 2:
        return None
    first, last = weeks[0], weeks[-1]
    says = (
        f"Clean rate and expected loss by week, {len(weeks)} weeks: from {_said(first)} in the week of "
        f"{shown(first.monday, 'date')} to {_said(last)} in the week of {shown(last.monday, 'date')}. "
        "The table below has every week."
    )
    height = TOP + PLOT + GAP + PLOT + BOTTOM
    return Chart(
        width, height, says, (*_clean_rates(weeks, width), *_losses(weeks, width), *_days(weeks, width))
    )


def _said(week: Week) -> str:
    share = shown(week.clean / week.claims if week.claims else None, "share")
    return f"{share} clean and {shown(week.expected_charge, 'dollars')}"


def _clean_rates(weeks: Sequence[Week], width: float) -> Iterator[Bar | Path | Label]:
    rates = [week.clean / week.claims if week.claims else None for week in weeks]
    known = [rate for rate in rates if rate is not None]
    lowest = floor(min(known, default=0.0) * 5) / 5 if min(known, default=0.0) < 1 else 0.8
    yield Label(0, 12, "Clean rate", "start")
    for share in (lowest, (lowest + 1) / 2, 1.0):
        yield from _rule(TOP + PLOT * (1 - share) / (1 - lowest), f"{share:.0%}", width)
    step = (width - LEFT) / len(weeks)
    run: list[tuple[float, float]] = []
    for place, rate in enumerate((*rates, None)):
        if rate is not None:
            run.append((LEFT + step * (place + 0.5), TOP + PLOT * (1 - rate) / (1 - lowest)))
        elif run:
            yield Path(tuple(run), "share")
            run = []


def _losses(weeks: Sequence[Week], width: float) -> Iterator[Bar | Path | Label]:
    base = TOP + PLOT + GAP + PLOT
    top = _round_up(max(week.expected_charge for week in weeks))
    yield Label(0, base - PLOT - 10, "Expected loss", "start")
    for part in (0.0, 0.5, 1.0):
        yield from _rule(base - PLOT * part, short_dollars(top * part), width)
    step = (width - LEFT) / len(weeks)
    for place, week in enumerate(weeks):
        tall = PLOT * float(week.expected_charge) / top
        says = (
            f"Week of {shown(week.monday, 'date')}: {_said(week)} of {plural(week.claims, 'claim', 'claims')}"
        )
        yield Bar(LEFT + step * (place + 0.15), base - tall, step * 0.7, tall, "loss", says)


def _rule(y: float, text: str, width: float) -> tuple[Path, Label]:
    return Path(((LEFT, y), (width, y)), "axis"), Label(LEFT - 8, y + 4, text, "end")


def _days(weeks: Sequence[Week], width: float) -> Iterator[Label]:
    """The Mondays, as many as have room."""
    step = (width - LEFT) / len(weeks)
    every = -(-len(weeks) // max(1, int((width - LEFT) // 78)))
    years = len({week.monday.year for week in weeks}) > 1
    for place in range(0, len(weeks), every):
        day = weeks[place].monday
        text = f"{day:%b %Y}" if years else f"{day:%b} {day.day}"
        yield Label(LEFT + step * (place + 0.5), TOP + PLOT + GAP + PLOT + 15, text, "middle")


def _round_up(most: Decimal) -> float:
    """The next of 1, 2, 5, 10, 20, 50 and so on; 1 for nothing."""
    if most <= 0:
        return 1.0
    unit = 10.0 ** floor(log10(float(most)))
    return next(unit * factor for factor in (1, 2, 5, 10, 20) if unit * factor >= float(most))


def short_dollars(amount: float) -> str:
    """Dollars for an axis: $0, $500, $2.5K, $10M."""
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if amount >= size:
            return f"${amount / size:.3g}{letter}"
    return f"${amount:.3g}"
