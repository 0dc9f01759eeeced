"""MOD503: both sides, an assistant, a second surgeon or a team, where the fee schedule pays none."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from scrubber.claim import Claim, line_field
from scrubber.edits.services import billed_lines, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.fee_schedule import FeeRow
from scrubber.rule import DENY, LINE, REVIEW, Advice, Defect, Severity, Unevaluated, edit, modifiers
from scrubber.rule.authorities import fee_schedule_manual

NO_CONCEPT = (REVIEW, "the concept does not apply to it")
"""The manual says no more than that, so a person looks."""


class Indicator(NamedTuple):
    """An indicator of the fee schedule: its name, where it stands, and what its values say against the modifier."""

    name: str
    of: Callable[[FeeRow], str]
    against: dict[str, tuple[Severity, str]]
    carc: tuple[str, str]


BILATERAL = Indicator(
    "bilateral",
    lambda row: row.bilateral,
    {
        "0": (REVIEW, "Medicare pays no more for two sides than for one"),
        "2": (REVIEW, "its payment is for both sides already"),
        "9": NO_CONCEPT,
    },
    ("CO", "4"),
)
ASSISTANT = Indicator(
    "assistant at surgery",
    lambda row: row.assistant,
    {
        "0": (REVIEW, "an assistant is paid only if documents show that one was necessary"),
        "1": (DENY, "by law an assistant is not paid"),
        "9": NO_CONCEPT,
    },
    ("CO", "54"),
)
TWO_SURGEONS = Indicator(
    "co-surgeon",
    lambda row: row.co_surgeon,
    {"0": (DENY, "two surgeons are not permitted"), "9": NO_CONCEPT},
    ("CO", "54"),
)
TEAM = Indicator(
    "team surgery",
    lambda row: row.team,
    {"0": (DENY, "a team is not permitted"), "9": NO_CONCEPT},
    ("CO", "54"),
)
INDICATORS = {
    "50": BILATERAL,
    "62": TWO_SURGEONS,
    "66": TEAM,
    "80": ASSISTANT,
    "81": ASSISTANT,
    "82": ASSISTANT,
    "AS": ASSISTANT,
}

ADVICE = Advice(
    "Check the modifier and the code against the operative report. If both are right, Medicare does not pay for what "
    "the modifier says; where documents can show that it was necessary, send them."
)


@edit(
    id="MOD503",
    name="modifier-not-allowed-for-procedure",
    severity=DENY,
    scope=LINE,
    needs=("fee_schedule",),
    triggers=modifiers(frozenset(INDICATORS)),
    carc=("CO", "4"),
    citation=fee_schedule_manual("bilateral surgery, assistant at surgery, co-surgeons, team surgery"),
)
def modifier_not_allowed_for_procedure(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A line carries 50, 62, 66, 80, 81, 82 or AS, and the fee schedule does not pay the procedure so.

    Why it is denied: An indicator of each code tells whether Medicare pays more for both sides (50), an assistant at
    surgery (80, 81, 82, AS), two surgeons (62) or a team (66). Assistant indicator 1, co-surgeon indicator 0 and team
    indicator 0 rule it out. Where it is paid only with documents, at the price of one side, or where the concept does
    not apply, it is a review; so it is for another payer than Medicare.

    Fails: 64483-80 (assistant indicator 1); 20610-62 (co-surgeon indicator 0); 22551-50 (bilateral indicator 0, a
    review).

    Passes: 64483-50 (bilateral indicator 1); 22551-80 (assistant indicator 2); a line with GY.

    Source: Medicare Claims Processing Manual, chapter 23, addendum; the quarterly PPRRVU file.
    """
    schedule = reference.fee_schedule
    if schedule is None:
        return
    for number, line in billed_lines(claim):
        for place, modifier in enumerate(line.modifiers):
            indicator = INDICATORS.get(modifier)
            if indicator is None:
                continue
            entry = schedule.entry(line.procedure, line.service_date)
            if entry is None:
                yield from unanswered(schedule, [(line.procedure, line.service_date)])
                break
            value = indicator.of(entry.row)
            if value not in indicator.against:
                continue
            severity, why = indicator.against[value]
            if not reference.payers.profile(claim).medicare_part_b:
                severity = REVIEW
            yield Defect(
                location=line_field(number, "modifiers", place),
                message=f"{line.procedure} has {modifier}: {why} ({indicator.name} indicator {value}).",
                severity=severity,
                carc=indicator.carc,
                because={
                    "procedure": line.procedure,
                    "modifiers": list(line.modifiers),
                    "indicator": indicator.name,
                    "value": value,
                    "edition": entry.edition,
                },
                advice=ADVICE,
            )
