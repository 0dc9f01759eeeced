"""DX302: a diagnosis code that was not in the code set on the service date."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import service_dates, some, some_not_billable
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import CodeStatus, Icd10cm
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, Reason, Unevaluated, diagnoses, edit
from scrubber.rule.authorities import tabular_list


@edit(
    id="DX302",
    name="diagnosis-not-valid-on-service-date",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    # Not only on codes with a bounded interval: before 2015-10-01 no code of the set can be judged.
    triggers=diagnoses(lambda _code, _reference: True, "there is a diagnosis"),
    screen=some_not_billable,
    carc=("CO", "146"),
    rarc=("M76",),
    citation=tabular_list("codes and their effective dates"),
)
def diagnosis_not_valid_on_service_date(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A diagnosis code was not yet, or no longer, in the code set on the service date.

    Why it is denied: The code set changes every 1 October and sometimes on 1 April. The service date picks the
    edition, not the day of billing; there is no grace period.

    Fails: T52.811A for a service of 2026-09-30; it begins on 2026-10-01.

    Passes: T52.811A for a service of 2026-10-01. A diagnosis is judged on the dates of the lines that point to it,
    so a claim may span 1 October.

    Source: ICD-10-CM tabular list and its annual addenda.
    """
    table = reference.icd10cm
    if table is None:
        return
    for line in claim.lines:
        if line.service_date < table.first_day:
            yield Unevaluated(
                reason=Reason.OUTSIDE_EDITION,
                detail=f"service date {line.service_date}: the code set is loaded for service dates from "
                f"{table.first_day} on",
            )
            break
    for position, code in enumerate(claim.diagnoses, start=1):
        row = table.get(code)
        if row is None or row.steady:
            continue
        for on in service_dates(claim, position):
            if on >= table.first_day and table.status(code, on) is CodeStatus.NOT_IN_EFFECT:
                yield _defect(table, position, code, on)
                break


def _defect(table: Icd10cm, position: int, code: str, on: date) -> Defect:
    intervals = table.intervals(code)
    told = " and ".join(
        f"from {interval.first} on" if interval.last is None else f"from {interval.first} to {interval.last}"
        for interval in intervals
    )
    siblings = [dotted(sibling) for sibling in table.siblings(code, on) if table.billable(sibling, on)]
    return Defect(
        location=("diagnoses", position - 1),
        message=f"{dotted(code)} is in ICD-10-CM {told}; the service is of {on}.",
        because={
            "diagnosis": dotted(code),
            "service_date": on.isoformat(),
            "intervals": [[interval.first, interval.last] for interval in intervals],
            "billable_siblings_on_that_date": siblings,
        },
        advice=Advice(
            "Bill the code that was in effect on the service date for what the record says"
            + (f"; next to {dotted(code)} that day stood {some(siblings)}." if siblings else ".")
        ),
    )
