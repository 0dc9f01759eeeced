"""DX303: a category billed in place of a code below it."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import below, service_dates, some
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import CodeStatus, Icd10cm
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, diagnoses, edit
from scrubber.rule.authorities import coding_guidelines


def _category_at_some_time(code: str, reference: Snapshot) -> bool:
    row = reference.icd10cm.get(code) if reference.icd10cm is not None else None
    return row is not None and bool(row.category)


@edit(
    id="DX303",
    name="diagnosis-not-billable",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=diagnoses(_category_at_some_time, "a diagnosis is, or was, a category or subcategory"),
    carc=("CO", "16"),
    rarc=("M81",),
    citation=coding_guidelines("section I.B.2, level of detail in coding"),
)
def diagnosis_not_billable(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A diagnosis is a category or subcategory on the service date, with codes below it.

    Why it is denied: A code must be given with all the characters the code set has for it. A category stands for
    several conditions and is invalid on a claim.

    Fails: M53.8, which has M53.80 to M53.88 below it. M54.5 for a service of 2021-10-01, the day M54.50, M54.51 and
    M54.59 took its place.

    Passes: M53.81. M54.5 for a service of 2021-09-30. S13.4 lacks only its 7th character: DX304.

    Source: Official guidelines, section I.B.2; tabular list.
    """
    table = reference.icd10cm
    if table is None:
        return
    for position, code in enumerate(claim.diagnoses, start=1):
        row = table.get(code)
        if row is None or not row.category:
            continue
        for on in service_dates(claim, position):
            if table.status(code, on) is CodeStatus.CATEGORY:
                if table.seventh_character_fault(code, on) is None:
                    yield _defect(table, position, code, on)
                break


def _defect(table: Icd10cm, position: int, code: str, on: date) -> Defect:
    intervals = table.intervals(code)
    number = next(n for n, i in enumerate(intervals) if i.first <= on and (i.last is None or on <= i.last))
    since, before = intervals[number].first, intervals[number - 1] if number else None
    children = below(table, code, on)
    what = "category" if len(code) == 3 else "subcategory"
    history = f" since {since}; it was billable until {before.last}" if before and before.last else ""
    return Defect(
        location=("diagnoses", position - 1),
        message=f"{dotted(code)} is a {what}{history}. The codes below it are {some(children)}.",
        because={
            "diagnosis": dotted(code),
            "service_date": on.isoformat(),
            "category_since": since.isoformat() if history else None,
            "below": children,
        },
        advice=Advice(
            f"Bill the code below {dotted(code)} that says what the record says; the record must show the detail "
            "that tells these codes apart."
        ),
    )
