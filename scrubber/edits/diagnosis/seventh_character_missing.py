"""DX304: a code without its 7th character."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import service_dates, some
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import Icd10cm, SeventhCharacterFault
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, diagnoses, edit
from scrubber.rule.authorities import coding_guidelines

MEANINGS_SHOWN = 4


def _may_lack_it(code: str, reference: Snapshot) -> bool:
    table = reference.icd10cm
    if table is None:
        return False
    row = table.get(code)
    return row is None or bool(row.seventh and row.category)


@edit(
    id="DX304",
    name="seventh-character-missing",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=diagnoses(
        _may_lack_it, "a diagnosis is no whole code and one with a 7th character begins like it"
    ),
    carc=("CO", "16"),
    rarc=("M76",),
    citation=coding_guidelines("sections I.A.4 and I.A.5, placeholder character and 7th characters"),
)
def seventh_character_missing(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A diagnosis code lacks its 7th character, or has it in the wrong place.

    Why it is denied: Some categories, most of all injuries, need a 7th character in every code. It must stand in
    the seventh place; a shorter code is filled up with the placeholder X. Without it the code is invalid.

    Fails: S13.4, S13.4XX and S13.4A. S13.4XXA, S13.4XXD and S13.4XXS are the codes.

    Passes: S13.4XXA. A 7th character the category does not know is DX305.

    Source: Official guidelines, sections I.A.4 and I.A.5.
    """
    table = reference.icd10cm
    if table is None:
        return
    for position, code in enumerate(claim.diagnoses, start=1):
        if (row := table.get(code)) is not None and not (row.seventh and row.category):
            continue
        for on in service_dates(claim, position):
            fault = table.seventh_character_fault(code, on)
            if fault is not None and fault.fault != "not-allowed":
                yield _defect(table, position, code, on, fault)
                break


def _defect(table: Icd10cm, position: int, code: str, on: date, fault: SeventhCharacterFault) -> Defect:
    codes = [dotted(whole) for whole in fault.codes]
    meanings = table.of(on).seventh(fault.base)
    if fault.fault == "misplaced":
        message = f"The 7th character of {dotted(code)} must stand in the seventh place: {some(codes)}."
    elif len(fault.allowed) <= MEANINGS_SHOWN:
        allowed = ", ".join(f"{char} ({meanings.get(char, 'no meaning given')})" for char in fault.allowed)
        message = f"{dotted(code)} lacks its 7th character, which is one of {allowed}: {some(codes)}."
    else:
        message = f"{dotted(code)} lacks its 7th character, which is one of {', '.join(fault.allowed)}."
    return Defect(
        location=("diagnoses", position - 1),
        message=message,
        because={
            "diagnosis": dotted(code),
            "service_date": on.isoformat(),
            "allowed": {char: meanings.get(char) for char in fault.allowed},
            "codes": codes,
        },
        advice=Advice(
            "The record must show the phase of care or what else the 7th character stands for; bill the whole code."
        ),
    )
