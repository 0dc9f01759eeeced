"""CLM116: an accident without a date."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REJECT, REVIEW, Advice, Defect, claims_where, edit
from scrubber.rule.authorities import electronic_standard

ACCIDENTS = {"AA": "an auto accident", "OA": "another accident"}
EMPLOYMENT = "EM"


@edit(
    id="CLM116",
    name="accident-date-missing",
    severity=REJECT,
    scope=CLAIM,
    triggers=claims_where(lambda claim: bool(claim.related_causes), "the claim names a related cause"),
    carc=("CO", "16"),
    rarc=("N305",),
    citation=electronic_standard("loop 2300, CLM11 and DTP with qualifier 439"),
)
def accident_date_missing(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The claim is related to an accident and does not tell its date.

    Why it is denied: The payer needs the date to find out whether another insurance is liable. The standard
    requires it with the causes AA and OA, and with EM when the claim is the result of an accident.

    Fails: Related cause AA without an accident date.

    Passes: AA with the date. EM without it is a review: an illness from work has no accident.

    Source: 837 Professional, loop 2300: the accident date (DTP 439) is required by the values of CLM11.
    """
    if claim.dates.accident is not None:
        return
    causes = [cause.strip().upper() for cause in claim.related_causes]
    accidents = [cause for cause in causes if cause in ACCIDENTS]
    if accidents:
        yield Defect(
            location=("dates", "accident"),
            message=f"Related cause {accidents[0]} says {ACCIDENTS[accidents[0]]}; its date is missing.",
            because={"related_causes": causes},
            advice=Advice("Enter the date of the accident the record gives, or correct the related cause."),
        )
    elif EMPLOYMENT in causes:
        yield Defect(
            location=("dates", "accident"),
            message="Related cause EM says employment, and there is no accident date.",
            severity=REVIEW,
            because={"related_causes": causes},
            advice=Advice(
                "Enter the date if the condition comes from an accident at work; an illness has none."
            ),
        )
