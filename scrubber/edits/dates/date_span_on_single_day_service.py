"""DTE206: several days on a line for a service that is given on one."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.dates.spans import has_span
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REVIEW, Advice, Citation, Defect, Triggers, edit

SINGLE_DAY_SERVICES = (
    ("20526", "20611", "an injection"),
    ("62320", "62327", "an injection"),
    ("64400", "64530", "an injection"),
    ("70010", "76499", "imaging"),
    ("98940", "98943", "a manipulation"),
    ("99202", "99215", "an office visit"),
)
"""First and last code and what they are: services with one date, that of the encounter."""


def single_day(procedure: str) -> str | None:
    """What the procedure is if it is given on one day, else None."""
    if len(procedure) != 5 or not (procedure.isascii() and procedure.isdigit()):
        return None
    return next((kind for first, last, kind in SINGLE_DAY_SERVICES if first <= procedure <= last), None)


@edit(
    id="DTE206",
    name="date-span-on-single-day-service",
    severity=REVIEW,
    scope=LINE,
    triggers=Triggers(
        "a line bills an office visit, a manipulation, an injection or imaging, and a line has a last day",
        procedure=lambda code, _reference: single_day(code) is not None,
        claim=has_span,
    ),
    carc=("CO", "16"),
    rarc=("N345",),
    citation=Citation(
        title="MLN Matters SE17023, Guidance on Coding and Billing Date of Service on Professional Claims",
        url="https://www.cms.gov/Outreach-and-Education/Medicare-Learning-Network-MLN/MLNMattersArticles/Downloads/SE17023.pdf",
        edition="2019-02-01",
    ),
)
def date_span_on_single_day_service(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A service that is given on one day is billed over several.

    Why it is denied: The date of service is the day the patient got the service. From and to dates on one
    line are for series of identical services such as daily hospital visits; on an office visit or a
    manipulation they look like several visits under one, and the units do not fit the days.

    Fails: 98940 from 2026-03-02 to 2026-03-06.

    Passes: 98940 from 2026-03-02 to 2026-03-02, or one line for each visit.

    Source: MLN Matters SE17023; Medicare Claims Processing Manual, chapter 26, section 10.4, items 24A and
    24G. Which services are meant is inferred, so this is a review.
    """
    for number, line in enumerate(claim.lines, start=1):
        last = line.service_date_to
        if last is None or last <= line.service_date:
            continue
        if kind := single_day(line.procedure):
            yield Defect(
                location=line_field(number, "service_date_to"),
                message=f"{line.procedure} is {kind}: one date, not {line.service_date} to {last}.",
                because={
                    "procedure": line.procedure,
                    "service_date": line.service_date.isoformat(),
                    "service_date_to": last.isoformat(),
                    "units": str(line.units),
                },
                advice=Advice("Bill each day the record shows on a line of its own, with its own date."),
            )
