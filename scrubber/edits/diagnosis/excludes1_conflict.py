"""DX306: two diagnoses that exclude each other."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import in_force
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import CarriedNote
from scrubber.rule import BOTH_FORMS, CLAIM, REVIEW, Advice, Defect, diagnoses, edit
from scrubber.rule.authorities import coding_guidelines

DIAGNOSES_READ = 12
"""A claim carries twelve; what stands behind is told by CLM111 and not compared pair by pair."""


def _carries_excludes1(code: str, reference: Snapshot) -> bool:
    row = reference.icd10cm.get(code) if reference.icd10cm is not None else None
    return row is not None and bool(row.excludes1)


def some_conflict(claim: Claim, reference: Snapshot) -> bool:
    """Whether any two diagnoses exclude each other in some year, in whichever order they stand."""
    table = reference.icd10cm
    return table is None or table.any_conflict(frozenset(claim.diagnoses))


@edit(
    id="DX306",
    name="excludes1-conflict",
    severity=REVIEW,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=diagnoses(
        _carries_excludes1, "a diagnosis has, or inherits, an Excludes1 note that names codes"
    ),
    screen=some_conflict,
    carc=("CO", "16"),
    rarc=("M64",),
    citation=coding_guidelines("section I.A.12.a, Excludes1"),
)
def excludes1_conflict(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """Two diagnoses on the claim exclude each other by an Excludes1 note.

    Why it is denied: An Excludes1 note says that two codes can't be used together for one condition. Many payers
    deny the line or the claim when both are there. It is a review, for the guidelines let both stand where the
    conditions have nothing to do with each other, and that only the record can tell.

    Fails: M54.2 with M50.20; the note at M54.2 names M50. The note counts in both directions, and a note at a
    category, block or chapter counts for every code under it.

    Passes: M54.2 with M99.01. Notes that name no codes, and those that name them with a condition in words, are
    not checked.

    Source: Official guidelines, section I.A.12.a; Excludes1 notes of the tabular list.
    """
    table = reference.icd10cm
    if table is None:
        return
    for conflict in in_force(table, claim).conflicts(claim.diagnoses[:DIAGNOSES_READ]):
        yield _defect(conflict.later, conflict.code, conflict.excluded, conflict.note)


def _defect(position: int, code: str, excluded: str, found: CarriedNote) -> Defect:
    carrier = f"chapter {found.carrier}" if found.carrier.isdigit() else dotted(found.carrier)
    if "-" in found.carrier:
        carrier = f"block {found.carrier}"
    under = "" if found.carrier == code else f", which {dotted(code)} stands under,"
    return Defect(
        location=("diagnoses", position),
        message=f'{dotted(code)} excludes {dotted(excluded)}: {carrier}{under} has the Excludes1 note "'
        f'{found.note.text}".',
        because={
            "diagnoses": [dotted(code), dotted(excluded)],
            "note_at": carrier,
            "note": found.note.text,
        },
        advice=Advice(
            "If both codes tell of one condition, keep the one the record supports. If the conditions are "
            "unrelated, both may stand; the record must show that, and a payer may still ask for it."
        ),
    )
