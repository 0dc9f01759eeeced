"""CHI803: active treatment and a signed notice on one line, which Palmetto rejects."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, line_field
from scrubber.edits.chiropractic.sources import PALMETTO_AT
from scrubber.edits.services import SPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.rule import (
    LINE,
    REJECT,
    REVIEW,
    Advice,
    Defect,
    Reason,
    Triggers,
    Unevaluated,
    edit,
)

REJECTED_FROM = date(2015, 11, 1)
CONTRACTOR = "Palmetto"
JURISDICTION = "JM"
"""Where Palmetto announced it. In JJ another contractor, which took both, was before it; since when it has ended is not
known.
"""
ADVICE = Advice(
    "The record decides which of the two is true: active treatment (AT), or care expected to be denied as "
    "not necessary for which the patient signed a notice (GA). A rejected line can't be appealed."
)


@edit(
    id="CHI803",
    name="at-with-ga",
    severity=REJECT,
    scope=LINE,
    triggers=Triggers(
        "a line of spinal manipulation carries modifier GA",
        payer=lambda payer: payer.medicare_part_b and payer.local_coverage,
        modifier=lambda code, _reference: code == "GA",
    ),
    needs=("jurisdictions",),
    carc=("CO", "4"),
    citation=PALMETTO_AT,
)
def at_with_ga(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """Spinal manipulation carries AT and GA together, and the contractor is Palmetto.

    Why it is denied: AT says that payment is expected, GA that a denial is. For services from 2015-11-01
    Palmetto rejects a line with both in NC, SC, VA and WV (JM). In AL, GA and TN (JJ), which it took over
    later, it is a review: the first day is not known. Others differ; an older guideline of WPS asked for
    both. So the rule holds for Palmetto alone.

    Fails: 98940-AT-GA in North Carolina on 2026-03-02; in Georgia it is a review.

    Passes: 98940-AT; 98940-GA; 98940-AT-GA in Iowa (WPS). Railroad Medicare, whose rule is RRB-001.

    Source: Palmetto GBA, HCPCS Modifier AT.
    """
    if reference.jurisdictions is None:
        return
    for number, line in enumerate(claim.lines, start=1):
        if not (
            "AT" in line.modifiers
            and "GA" in line.modifiers
            and line.procedure in SPINAL_MANIPULATION
            and line.service_date >= REJECTED_FROM
        ):
            continue
        place = reference.jurisdictions.place(claim, line)
        if place.mac == CONTRACTOR:
            yield Defect(
                location=line_field(number, "modifiers"),
                message=(
                    f"{line.procedure} has AT and GA on one line; {CONTRACTOR} rejects that for services "
                    f"from {REJECTED_FROM} on."
                ),
                severity=None if place.jurisdiction == JURISDICTION else REVIEW,
                because={
                    "procedure": line.procedure,
                    "modifiers": list(line.modifiers),
                    "mac": CONTRACTOR,
                    "service_date": line.service_date.isoformat(),
                },
                advice=ADVICE,
            )
        elif not place.contracts:
            yield Unevaluated(
                reason=Reason.PLACE_UNKNOWN,
                detail="no ZIP code or state tells the contractor; Palmetto rejects AT with GA",
                line=number,
            )
        elif any(contract.mac == CONTRACTOR for contract in place.contracts):
            yield Unevaluated(
                reason=Reason.PLACE_AMBIGUOUS,
                detail=f"{place.told_by} leaves two contractors, of which Palmetto rejects AT with GA",
                line=number,
            )
