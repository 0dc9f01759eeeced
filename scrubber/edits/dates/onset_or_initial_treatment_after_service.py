"""DTE205: an illness or a treatment that begins after it was treated."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim
from scrubber.edits.dates.in_order import some_date_out_of_order
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="DTE205",
    name="onset-or-initial-treatment-after-service",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    screen=some_date_out_of_order,
    carc=("CO", "16"),
    rarc=("MA130",),
    citation=claim_form_manual("10.4, item 14"),
)
def onset_or_initial_treatment_after_service(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The onset or the initial treatment lies after a service it belongs to.

    Why it is denied: Item 14 tells when the illness, or for chiropractic the course of treatment, began. A
    date after the service can't be right, and the claim is returned as unprocessable.

    Fails: Initial treatment 2026-03-03 for a service of 2026-03-02.

    Passes: Initial treatment on the day of the first service or before. A line that has a date of initial treatment of
    its own is not held against that of the claim.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 14; remark code MA122 for the
    date of initial treatment.
    """
    initial, onset = claim.dates.initial_treatment, claim.dates.onset
    if initial is None and onset is None:
        return
    if initial is not None:
        by_claim = [
            line.service_date
            for line in claim.lines
            if line.dates is None or line.dates.initial_treatment is None
        ]
        if by_claim and initial > min(by_claim):
            yield _defect("initial_treatment", "initial treatment", initial, min(by_claim), ("MA122",))
    first = min(line.service_date for line in claim.lines)
    if onset is not None and onset > first:
        yield _defect("onset", "onset", onset, first, None)


def _defect(field: str, told: str, on: date, first: date, rarc: tuple[str, ...] | None) -> Defect:
    return Defect(
        location=("dates", field),
        message=f"The date of {told}, {on}, lies after the service of {first}.",
        rarc=rarc,
        because={field: on.isoformat(), "first_service_date": first.isoformat()},
        advice=Advice(
            f"Correct the date of {told} from the record, or bill the earlier service on its own claim."
        ),
    )
