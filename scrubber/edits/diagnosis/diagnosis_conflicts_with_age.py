"""DX311: a diagnosis that does not go with the patient's age."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import on_a_list, service_dates
from scrubber.edits.diagnosis.sources import code_editor
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REVIEW, Advice, Defect, Reason, Unevaluated, edit

AGES = {"newborn": (0, 0), "pediatric": (0, 17), "maternity": (9, 64), "adult": (15, 124)}
"""The age lists of the Medicare Code Editor: first and last completed year of life."""


@edit(
    id="DX311",
    name="diagnosis-conflicts-with-age",
    severity=REVIEW,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=on_a_list(
        frozenset(AGES), "a diagnosis is on a list for newborns, children, maternity or adults"
    ),
    carc=("CO", "9"),
    citation=code_editor("age conflict"),
)
def diagnosis_conflicts_with_age(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A diagnosis does not go with the patient's age on the service date.

    Why it is denied: Medicare's editor has lists of diagnoses for newborns (age 0), children (0 to 17), maternity
    (9 to 64) and adults (15 to 124). Payers deny a diagnosis outside its ages; most often the birth date is wrong.

    Fails: Z00.121, a child's examination, for a patient of 18.

    Passes: The same the day before the 18th birthday. Without a birth date it is not evaluated.

    Source: Definitions of Medicare Code Edits, age conflict.
    """
    table, born = reference.icd10cm, claim.patient.birth_date
    if table is None:
        return
    for position, code in enumerate(claim.diagnoses, start=1):
        if table.ever(code).isdisjoint(AGES):
            continue
        for on in service_dates(claim, position):
            lists = sorted(table.attributes(code, on) & AGES.keys())
            if lists and born is None:
                yield Unevaluated(
                    reason=Reason.FACT_MISSING,
                    detail=f"{dotted(code)} is for certain ages and the birth date is missing",
                )
                return
            if born is None or born > on:  # a birth after the service is told by DTE203
                continue
            age = _completed_years(born, on)
            wrong = [name for name in lists if not AGES[name][0] <= age <= AGES[name][1]]
            if wrong:
                low, high = AGES[wrong[0]]
                ages = f"{low} to {high}" if high else "0"
                side = "younger" if age < low else "older"
                yield Defect(
                    location=("diagnoses", position - 1),
                    message=f"{dotted(code)} is for age {ages} ({wrong[0]}); the patient is {side} on {on}.",
                    because={"diagnosis": dotted(code), "list": wrong[0], "ages": [low, high]},
                    advice=Advice("Check the birth date against the record, then the diagnosis."),
                )
                break


def _completed_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
