"""DX309: an external cause in the first place."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import EXTERNAL_CAUSES, on_a_list
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import coding_guidelines


@edit(
    id="DX309",
    name="external-cause-first-listed",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=on_a_list(frozenset({"ecodepdx"}), "a diagnosis is an external cause (V00-Y99)"),
    carc=("CO", "16"),
    rarc=("MA63",),
    citation=coding_guidelines("section I.C.20.a.6, external cause codes are never first-listed"),
)
def external_cause_first_listed(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The first diagnosis of the claim is an external cause (V00-Y99).

    Why it is denied: An external cause tells how an injury came about, not what is treated. It only goes with a
    diagnosis and can never be the first.

    Fails: W19.XXXA as the first diagnosis.

    Passes: S13.4XXA, then W19.XXXA.

    Source: Official guidelines, section I.C.20.a.6.
    """
    table = reference.icd10cm
    if table is None or not claim.diagnoses:
        return
    code = claim.diagnoses[0]
    if code.startswith(EXTERNAL_CAUSES) and code in table:
        yield Defect(
            location=("diagnoses", 0),
            message=f"{dotted(code)} is an external cause and can't be the first diagnosis.",
            because={"diagnosis": dotted(code)},
            advice=Advice("List the condition that was treated first and the external cause behind it."),
        )
