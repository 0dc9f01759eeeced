"""What both say of each pair of lines, and why they differ.

Three things are held against each other: our edits against our table, PyOCE's edits against its table, and what the two
tables make of each pair. The first two must agree to the letter; a difference of the third must have a reason.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from tests.oracles.pyoce.made_claims import Line, Told
from tests.oracles.pyoce.tables import EDITION, EDITION_DAY, Hospitals, Practitioners

NEVER, MODIFIER, QUIET = "never paid together", "no modifier tells them apart", "nothing to tell"
VERDICTS = {"PTP602": NEVER, "PTP601": MODIFIER, "020": NEVER, "040": MODIFIER}
EXAMPLES = 2
COLUMN_ONE = (
    "a modifier on the column one code: any of the list counts there to the I/OCE, 59 and X{EPSU} only to us"
)


@dataclass
class Report:
    """Pairs of lines: agreed by verdict, different by reason with some examples, and what nothing explains."""

    agreed: Counter[str] = field(default_factory=Counter)
    differ: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)


def compared(
    claims: Sequence[Sequence[Line]], told: Sequence[Told], ours: Practitioners, theirs: Hospitals
) -> Report:
    report = Report()
    for claim, said, answer in zip(claims, told, theirs.answers, strict=True):
        our_table: set[tuple[int, str, str]] = set()
        their_table: set[tuple[int, str]] = set()
        version = answer["version"]
        for paid, line in permutations(claim, 2):
            pair = paid.code, line.code
            own, now = ours.pairs.get(pair), theirs.allowed(pair, version)
            if paid.day != line.day or (own is None and now is None):
                continue
            on_line = ours.modifiers.intersection(line.modifiers)
            to_us = _verdict(own, bool(on_line or ours.on_either.intersection(paid.modifiers)))
            blind = _not_looked_at(paid, line, answer, theirs)
            to_them = (
                QUIET
                if blind
                else _verdict(now, not theirs.modifiers.isdisjoint(line.modifiers + paid.modifiers))
            )
            if to_us != QUIET:
                our_table.add((line.number, paid.code, to_us))
            if to_them != QUIET:
                their_table.add((line.number, to_them))
            _count(report, paid, line, to_us, to_them, blind or _cause(pair, version, ours, theirs))
        where = " ".join("-".join((line.code, *line.modifiers)) + f" {line.day}" for line in claim)
        if our_table != {(number, code, VERDICTS[edit]) for number, code, edit in said}:
            report.unexplained.append(f"our edits don't say what our table says: {where}")
        if their_table != {
            (number, VERDICTS[edit])
            for number, edits in enumerate(answer["lines"])
            for edit in edits
            if edit in VERDICTS
        }:
            report.unexplained.append(f"PyOCE does not say what its table says: {where}")
    return report


def _verdict(allowed: bool | None, told_apart: bool) -> str:
    if allowed is None or (allowed and told_apart):
        return QUIET
    return MODIFIER if allowed else NEVER


def _count(report: Report, paid: Line, line: Line, to_us: str, to_them: str, why: str | None) -> None:
    if to_us == to_them:
        report.agreed[to_us] += 1
        return
    example = (
        f"{'-'.join((paid.code, *paid.modifiers))} + {'-'.join((line.code, *line.modifiers))} {line.day}"
    )
    if why is None:
        report.unexplained.append(f"{example}: {to_us} to us, {to_them} to PyOCE")
        return
    report.differ[why] += 1
    if len(report.examples.setdefault(why, [])) < EXAMPLES:
        report.examples[why].append(example)


def _not_looked_at(paid: Line, line: Line, answer: dict[str, Any], theirs: Hospitals) -> str | None:
    """Why the I/OCE does not compare two lines, if so."""
    if "027" in answer["edits"]:
        return "I/OCE rejects a claim of incidental services only (edit 27) before it looks at pairs"
    if {"018", "049"} & {*answer["lines"][paid.number], *answer["lines"][line.number]}:
        return "I/OCE denies the lines of a day with an inpatient-only procedure (edits 18, 49), pairs or not"
    for code, place in ((paid.code, 2), (line.code, 3)):
        if not any(row[place] for row in theirs.codes[code] if row[0] <= answer["version"] <= row[1]):
            return "I/OCE does not know a code in that quarter, or not as one of a pair"
    return None


def _cause(pair: tuple[str, str], version: int, ours: Practitioners, theirs: Hospitals) -> str | None:
    """What the tables say of a pair on which both differ."""
    own, now, then = (
        ours.pairs.get(pair),
        theirs.allowed(pair, version),
        theirs.allowed(pair, theirs.version_on(EDITION_DAY)),
    )
    if ours.codes is not None and not ours.codes.issuperset(pair):
        return "a code outside of the starter table: not evaluated by us"
    if own == now:
        return COLUMN_ONE if own else None
    if own == then:
        if now is None:
            return f"the pair ended after {EDITION}"
        return f"the pair began after {EDITION}" if own is None else f"the indicator changed after {EDITION}"
    other_way = pair[::-1]
    if (own is None and other_way in ours.pairs) or (
        now is None and theirs.allowed(other_way, version) is not None
    ):
        return "column one and two are the other way round in the other table"
    if own is None or now is None:
        return f"the pair is in the table of {'hospitals' if own is None else 'practitioners'} only"
    return "the modifier indicator differs between the tables"
