"""CLM107: a sex code that the claim standard does not have."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.ordinary import SEXES, looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import electronic_standard


@edit(
    id="CLM107",
    name="sex-code-invalid",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("MA39",),
    citation=electronic_standard("loops 2010BA and 2010CA, DMG03"),
)
def sex_code_invalid(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The patient's sex is not given as F, M or U.

    Why it is denied: The electronic claim requires one of these codes; any other, or none, stops the claim
    at the payer's front end.

    Fails: "female", "X", or nothing.

    Passes: F, M or U. A small letter is a matter of notation only.

    Source: 837 Professional, DMG03, adopted by 45 CFR 162.1102.
    """
    sex = claim.patient.sex
    if sex in SEXES:
        return
    written = (sex or "").strip().upper()
    if not written:
        yield Defect(
            location=("patient", "sex"),
            message="The patient's sex is missing; a claim says F, M or U.",
            advice=Advice("Enter F, M or U as the payer has it on file."),
        )
    elif written in SEXES:
        yield Defect(
            location=("patient", "sex"),
            message="The patient's sex is written with a small letter or blanks; a claim says F, M or U.",
            advice=Advice(
                "Write the code as one capital letter.",
                applicability="safe",
                patch=({"op": "replace", "path": "/patient/sex", "value": written},),
            ),
        )
    else:
        yield Defect(
            location=("patient", "sex"),
            message="The code for the patient's sex is none of F, M and U.",
            advice=Advice("Enter F, M or U as the payer has it on file."),
        )
