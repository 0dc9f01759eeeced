"""DX315: an admitting diagnosis, a reason for the visit or an external cause that can't be billed."""

from collections.abc import Iterator

from scrubber.claim import Claim, Institutional, Location, dotted
from scrubber.edits.diagnosis.codes import service_dates
from scrubber.reference import Snapshot
from scrubber.rule import (
    CLAIM,
    INSTITUTIONAL_ONLY,
    REJECT,
    Advice,
    Defect,
    Reason,
    Unevaluated,
    claims_where,
    edit,
)
from scrubber.rule.authorities import tabular_list

ADVICE = Advice("Give the whole code that the record supports and that was in the code set on that day.")


@edit(
    id="DX315",
    name="other-diagnosis-not-billable",
    severity=REJECT,
    scope=CLAIM,
    forms=INSTITUTIONAL_ONLY,
    needs=("icd10cm",),
    triggers=claims_where(
        lambda claim: claim.institutional is not None and any(_codes(claim.institutional)),
        "an institutional claim tells an admitting diagnosis, a reason for the visit or an external cause",
    ),
    carc=("CO", "16"),
    rarc=("M76",),
    citation=tabular_list("codes and their effective dates"),
)
def other_diagnosis_not_billable(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A diagnosis that stands beside those of an institutional claim is no billable code on its day.

    Why it is denied: The admitting diagnosis, the patient's reasons for the visit and the external causes come from
    the same code set as the other diagnoses. A payer's editor returns the claim for any of them that does not
    exist, was not in effect, or lacks characters.

    Fails: Admitting diagnosis M54.5 on a stay that ended on 2021-10-01 or later; external cause W01.0XX.

    Passes: M54.50; W01.0XXA. M54.5 on a stay that ended on 2021-09-30.

    Source: ICD-10-CM tabular list; remark code MA65 for the admitting diagnosis.
    """
    table = reference.icd10cm
    if table is None or claim.institutional is None:
        return
    on = service_dates(claim, 0)[0]
    if not table.first_day <= on <= table.last_day:
        yield Unevaluated(
            reason=Reason.OUTSIDE_EDITION,
            detail=f"the code set is loaded for service dates from {table.first_day} to {table.last_day}",
        )
        return
    for field, code, location in _codes(claim.institutional):
        if not table.billable(code, on):
            yield Defect(
                location=location,
                message=f"{field} {dotted(code)} is no billable code on {on}.",
                rarc=("MA65",) if field == "Admitting diagnosis" else None,
                because={"diagnosis": dotted(code), "service_date": on.isoformat()},
                advice=ADVICE,
            )


def _codes(facts: Institutional) -> Iterator[tuple[str, str, Location]]:
    """What each code is, the code, and where it stands."""
    if facts.admitting_diagnosis:
        yield "Admitting diagnosis", facts.admitting_diagnosis, ("institutional", "admitting_diagnosis")
    for number, code in enumerate(facts.visit_reasons):
        yield "Reason for the visit", code, ("institutional", "visit_reasons", number)
    for number, code in enumerate(facts.external_causes):
        yield "External cause", code, ("institutional", "external_causes", number)
