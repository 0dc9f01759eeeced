"""CHI806: spinal manipulation billed more than once for a day."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, ServiceLine, line_field
from scrubber.edits.chiropractic.ordinary import manipulation_in_question
from scrubber.edits.services import SPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.rule import DENY, LINE, Advice, Citation, Defect, edit, medicare_part_b, procedures

ONE_A_DAY = Citation(
    title="First Coast Service Options, coding guideline for 98940 to 98942 (LCD L29099)",
    url="https://downloads.cms.gov/medicare-coverage-database/lcd_attachments/29099_2/98940_codeguide.htm",
)
ADVICE = Advice(
    "One code tells all regions manipulated that day. Bill the one that fits the regions the record shows, "
    "once."
)


@edit(
    id="CHI806",
    name="more-than-one-spinal-manipulation-a-day",
    severity=DENY,
    scope=LINE,
    triggers=procedures(SPINAL_MANIPULATION, payer=medicare_part_b),
    screen=manipulation_in_question,
    carc=("CO", "97"),
    citation=ONE_A_DAY,
)
def more_than_one_spinal_manipulation_a_day(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """Spinal manipulation is billed more than once for one day of service.

    Why it is denied: 98940, 98941 and 98942 are steps of one service, told apart by the number of regions;
    none is added to another. One is paid a day.

    Fails: 98940 and 98941 on 2026-03-02; 98940 with 2 units on one day.

    Passes: 98941 alone; 98940 on two days.

    Source: First Coast coding guideline of LCD L29099; Palmetto GBA, Specialties, Chiropractic.
    """
    billed = [
        (number, line)
        for number, line in enumerate(claim.lines, start=1)
        if line.procedure in SPINAL_MANIPULATION and "GY" not in line.modifiers
    ]
    paid: dict[date, tuple[int, ServiceLine]] = {}
    for number, line in billed:
        on = line.service_date
        # The code for the most regions; the code pairs pay that one too.
        if on not in paid or line.procedure > paid[on][1].procedure:
            paid[on] = number, line
    for number, line in billed:
        on = line.service_date
        paid_number, other = paid[on]
        if number != paid_number:
            beside = f"{other.procedure} in line {paid_number}"
            message = f"{line.procedure} is billed for {on} beside {beside}; one is paid a day."
            yield _defect(number, "procedure", line, message)
        elif line.units > 1 and line.units > _days(line):
            message = f"{line.procedure} is billed with {line.units} units for {on}; one is paid a day."
            yield _defect(number, "units", line, message)


def _days(line: ServiceLine) -> int:
    last = line.service_date_to
    return (last - line.service_date).days + 1 if last is not None and last > line.service_date else 1


def _defect(number: int, field: str, line: ServiceLine, message: str) -> Defect:
    return Defect(
        location=line_field(number, field),
        message=message,
        because={
            "procedure": line.procedure,
            "service_date": line.service_date.isoformat(),
            "units": str(line.units),
        },
        advice=ADVICE,
    )
