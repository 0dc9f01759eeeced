"""DX305: a 7th character the code does not take."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import service_dates, some
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import SeventhCharacterFault
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, diagnoses, edit
from scrubber.rule.authorities import coding_guidelines


def _begins_with_a_code(code: str, reference: Snapshot) -> bool:
    table = reference.icd10cm
    return table is not None and code not in table and table.parent(code) is not None


@edit(
    id="DX305",
    name="seventh-character-not-allowed",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=diagnoses(_begins_with_a_code, "a diagnosis does not exist, and begins with a code that does"),
    carc=("CO", "16"),
    rarc=("M76",),
    citation=coding_guidelines("section I.A.5, 7th characters"),
)
def seventh_character_not_allowed(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A diagnosis code carries a 7th character or placeholder that it does not take.

    Why it is denied: Only categories with a 7th-character rule take one, and only the characters the rule names.
    The codes of disease in chapter 13, such as M53.81, take none: A, D and S belong to injuries. The code with the
    character added does not exist.

    Fails: M53.81A, M53.81XA. S13.4XXB; S13.4 takes A, D or S.

    Passes: M53.81, S13.4XXA.

    Source: Official guidelines, section I.A.5; tabular list.
    """
    table = reference.icd10cm
    if table is None:
        return
    for position, code in enumerate(claim.diagnoses, start=1):
        if code in table:
            continue
        for on in service_dates(claim, position):
            fault = table.seventh_character_fault(code, on)
            if fault is not None and fault.fault == "not-allowed":
                yield _defect(position, code, on, fault)
                break


def _defect(position: int, code: str, on: date, fault: SeventhCharacterFault) -> Defect:
    base, allowed = dotted(fault.base), ", ".join(fault.allowed)
    codes = [dotted(whole) for whole in fault.codes]
    if allowed:
        message = f"{dotted(code)} does not exist: {base} takes the 7th character {allowed}, not {code[6]}."
        advice = f"Bill the one of {some(codes)} the record supports."
    else:
        message = f"{dotted(code)} does not exist: {base} takes no 7th character."
        advice = (
            f"Bill {base} if the record shows that condition. If it shows a current injury, look for the injury "
            "code instead."
        )
    return Defect(
        location=("diagnoses", position - 1),
        message=message,
        because={
            "diagnosis": dotted(code),
            "base": base,
            "service_date": on.isoformat(),
            "allowed": list(fault.allowed),
            "codes": codes,
        },
        advice=Advice(advice),
    )
