"""DX310: a code that says why the patient came, not what is wrong, in the first place."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import JUDGED_AT_DISCHARGE, on_a_list, service_dates
from scrubber.edits.diagnosis.sources import code_editor
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, INFO, Advice, Defect, edit

ENCOUNTERS = (
    *("Z00", "Z01", "Z02", "Z03", "Z04", "Z05", "Z08", "Z09"),  # examination, observation, follow-up
    *("Z11", "Z12", "Z13", "Z20", "Z23", "Z29"),  # screening, contact, immunization, prophylaxis
    *("Z30", "Z31", "Z32", "Z332", "Z34", "Z36", "Z38", "Z39"),  # reproduction, newborns
    *(
        "Z40",
        "Z41",
        "Z42",
        "Z43",
        "Z44",
        "Z45",
        "Z46",
        "Z47",
        "Z48",
        "Z49",
        "Z51",
        "Z52",
    ),  # aftercare, donors
    *("Z69", "Z70", "Z71", "Z76"),  # counseling and other circumstances
)
"""What codes begin with that tell what the patient came for.

Source: ICD-10-CM Official Guidelines, section I.C.21.c, which has them first, some of them nowhere else.
"""


@edit(
    id="DX310",
    name="unacceptable-first-listed-diagnosis",
    severity=INFO,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=on_a_list(
        frozenset({"unacceptable"}), "a diagnosis is on Medicare's list of unacceptable first ones"
    ),
    carc=("CO", "16"),
    rarc=("MA63",),
    citation=code_editor("unacceptable principal diagnosis"),
)
def unacceptable_first_listed_diagnosis(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The first diagnosis is on Medicare's list of unacceptable principal diagnoses.

    Why it is denied: Such codes tell a circumstance (a status, a history), not a present illness. The list is made
    for inpatient stays; some payers apply it to other claims too, so this is for information. Outside of stays, codes
    of what the patient came for (an examination, screening, immunization, aftercare) go first rightly.

    Fails: Z99.2 (dialysis) as the first diagnosis.

    Passes: N18.6, then Z99.2. Z12.11 first on the claim of a screening; Z23 on that of a vaccine.

    Source: Definitions of Medicare Code Edits, unacceptable principal diagnosis; ICD-10-CM Official Guidelines,
    sections I.C.21.c and IV.
    """
    table = reference.icd10cm
    if table is None or not claim.diagnoses:
        return
    code, facts = claim.diagnoses[0], claim.institutional
    is_stay = facts is not None and facts.facility_code in JUDGED_AT_DISCHARGE
    if not is_stay and code.startswith(ENCOUNTERS):
        return
    lists = table.attributes(code, service_dates(claim, 1)[0])
    if "unacceptable" in lists and "manifestation" not in lists:
        yield Defect(
            location=("diagnoses", 0),
            message=f"{dotted(code)} is on Medicare's list of codes that don't go first.",
            because={"diagnosis": dotted(code)},
            advice=Advice("If the record shows a condition that was treated, list it first."),
        )
