"""DTE202: a span that ends before it begins."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.dates.spans import has_span
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, LINE, REJECT, Advice, Defect, claims_where, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="DTE202",
    name="service-dates-reversed",
    severity=REJECT,
    scope=LINE,
    forms=BOTH_FORMS,
    triggers=claims_where(has_span, "a line has a first and a last day"),
    carc=("CO", "16"),
    rarc=("M59",),
    citation=claim_form_manual("10.4, item 24A"),
)
def service_dates_reversed(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The last service date of a line lies before the first.

    Why it is denied: Such a span is no period of service; the line is returned as unprocessable.

    Fails: From 2026-03-02 to 2026-03-01.

    Passes: From 2026-03-02 to 2026-03-02 or later, or no last date.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 24A.
    """
    for number, line in enumerate(claim.lines, start=1):
        last = line.service_date_to
        if last is not None and last < line.service_date:
            yield Defect(
                location=line_field(number, "service_date_to"),
                message=f"{line.service} is billed from {line.service_date} to {last}, which is earlier.",
                because={
                    "procedure": line.procedure,
                    "service_date": line.service_date.isoformat(),
                    "service_date_to": last.isoformat(),
                },
                advice=Advice("Correct the two dates from the record."),
            )
