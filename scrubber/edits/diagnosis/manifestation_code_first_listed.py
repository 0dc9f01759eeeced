"""DX307: a manifestation code in the first place."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import in_force, on_a_list, service_dates
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import in_ranges
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import coding_guidelines


@edit(
    id="DX307",
    name="manifestation-code-first-listed",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=on_a_list(frozenset({"manifestation"}), "a diagnosis is a manifestation of another disease"),
    carc=("CO", "16"),
    rarc=("MA63",),
    citation=coding_guidelines("section I.A.13, etiology/manifestation convention"),
)
def manifestation_code_first_listed(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The first diagnosis of the claim is a manifestation code.

    Why it is denied: A manifestation code tells what an underlying disease does to an organ. It is never the first
    diagnosis; the underlying disease comes before it. Payers test the first diagnosis of the claim, as the
    Medicare Code Editor does, and not the first pointer of each line.

    Fails: G99.2 as the first diagnosis.

    Passes: C79.49, then G99.2.

    Source: Official guidelines, section I.A.13; list of manifestation codes of the Medicare Code Editor.
    """
    table = reference.icd10cm
    if table is None or not claim.diagnoses:
        return
    code = claim.diagnoses[0]
    if "manifestation" not in table.attributes(code, service_dates(claim, 1)[0]):
        return
    notes = [carried.note for carried in in_force(table, claim).code_first(code)]
    ranges = tuple(named for note in notes for named in note.ranges)
    underlying = [dotted(other) for other in claim.diagnoses[1:] if in_ranges(other, ranges)]
    yield Defect(
        location=("diagnoses", 0),
        message=f"{dotted(code)} is a manifestation code and can't be the first diagnosis; "
        + (f"{underlying[0]} would come before it." if underlying else "its underlying disease comes first."),
        because={
            "diagnosis": dotted(code),
            "code_first": [note.text for note in notes],
            "underlying_on_claim": underlying,
        },
        advice=Advice(
            "List the underlying disease the record shows before the manifestation."
            + (f" The tabular list says: code first {notes[0].text}." if notes else "")
        ),
    )
