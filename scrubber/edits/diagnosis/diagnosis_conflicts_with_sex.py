"""DX312: a diagnosis that did not go with the patient's sex."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import on_a_list, service_dates
from scrubber.edits.diagnosis.sources import code_editor
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, INFO, Advice, Defect, Reason, Unevaluated, edit

SEXES = {"female": "F", "male": "M"}


@edit(
    id="DX312",
    name="diagnosis-conflicts-with-sex",
    severity=INFO,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=on_a_list(frozenset(SEXES), "a diagnosis was on a list for one sex"),
    carc=("CO", "10"),
    citation=code_editor("sex conflict, ended 2024-09-30", edition="v41.1 (FY 2024)"),
)
def diagnosis_conflicts_with_sex(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A diagnosis was on Medicare's list for the other sex on the service date.

    Why it is denied: Until 2024-09-30 Medicare's editor had lists of diagnoses for one sex. CMS ended that edit, so
    it concerns only earlier service dates, and is for information.

    Fails: N80.9 for a patient with sex M and a service of 2024-09-30.

    Passes: The same for a service of 2024-10-01. Sex missing or unknown (U): not evaluated.

    Source: Definitions of Medicare Code Edits, sex conflict, up to FY 2024.
    """
    table, sex = reference.icd10cm, claim.patient.sex
    if table is None:
        return
    for position, code in enumerate(claim.diagnoses, start=1):
        if table.ever(code).isdisjoint(SEXES):
            continue
        for on in service_dates(claim, position):
            lists = [name for name in SEXES if name in table.attributes(code, on)]
            if lists and sex not in SEXES.values():
                yield Unevaluated(
                    reason=Reason.FACT_MISSING,
                    detail=f"{dotted(code)} was for one sex on {on} and the claim does not tell it",
                )
                return
            if lists and SEXES[lists[0]] != sex:
                yield Defect(
                    location=("diagnoses", position - 1),
                    message=f"{dotted(code)} was on Medicare's {lists[0]} list on {on}; the claim says otherwise.",
                    because={"diagnosis": dotted(code), "list": lists[0]},
                    advice=Advice("Check the sex on the claim against the record."),
                )
                break
