"""DX301: a diagnosis code that does not exist."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import service_dates, some
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import Icd10cm
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, Reason, Unevaluated, diagnoses, edit
from scrubber.rule.authorities import tabular_list


def _unknown(code: str, reference: Snapshot) -> bool:
    return reference.icd10cm is not None and code not in reference.icd10cm


@edit(
    id="DX301",
    name="diagnosis-unknown",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=diagnoses(_unknown, "a diagnosis is in no edition of ICD-10-CM since 2015-10-01"),
    carc=("CO", "146"),
    rarc=("M76",),
    citation=tabular_list("codes"),
)
def diagnosis_unknown(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A diagnosis code does not exist in ICD-10-CM.

    Why it is denied: HIPAA allows only codes of the code set. A payer's first check of a diagnosis is whether
    the code exists; the claim comes back before anyone reads the rest of it.

    Fails: M53.89. M53.8 goes from M53.80 to M53.88, and M53.80 is the one for an unspecified site.

    Passes: M53.80, M53.81. A code with a wrong or missing 7th character is told by DX304 and DX305, a category
    by DX303, a code of another year by DX302.

    Source: ICD-10-CM tabular list.
    """
    table = reference.icd10cm
    if table is None:
        return
    for position, code in enumerate(claim.diagnoses, start=1):
        if code in table:
            continue
        dates = service_dates(claim, position)
        on = dates[0]
        if not table.first_day <= on <= table.last_day:
            yield Unevaluated(
                reason=Reason.OUTSIDE_EDITION,
                detail=f"a diagnosis of {on} is not in the code set, which is loaded for service dates from "
                f"{table.first_day} to {table.last_day}",
            )
        elif all(table.seventh_character_fault(code, on) is None for on in dates):
            nearest = table.nearest(code, on)
            # What is no code may be anything, also something that should not be repeated in a message.
            like_a_code = 0 < len(code) <= 7 and code.isalnum()
            told = dotted(code) if like_a_code else f"What stands as diagnosis {position}"
            yield Defect(
                location=("diagnoses", position - 1),
                message=f"{told} does not exist in ICD-10-CM{_nearest(table.of(on), nearest)}.",
                because={
                    "diagnosis": dotted(code) if like_a_code else None,
                    "service_date": on.isoformat(),
                    "nearest": [dotted(near) for near in nearest],
                },
                advice=Advice(
                    "Look up in the record what was diagnosed and bill the code for it. The nearest codes are a "
                    "help to find a slip of the hand, not a choice of diagnosis."
                ),
            )


def _nearest(table: Icd10cm, nearest: tuple[str, ...]) -> str:
    if not nearest:
        return ", and no code begins like it"
    title = table.title(nearest[0])
    first = f"; nearest is {dotted(nearest[0])}{f' ({title})' if title else ''}"
    return f"{first}, then {some([dotted(code) for code in nearest[1:]])}" if len(nearest) > 1 else first
