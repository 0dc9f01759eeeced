"""DX308: a code-first note that is not followed."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import in_force, service_dates
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import CarriedNote, Icd10cm, in_ranges
from scrubber.rule import BOTH_FORMS, CLAIM, INFO, REVIEW, Advice, Defect, diagnoses, edit
from scrubber.rule.authorities import coding_guidelines


def _asks_for_a_cause(code: str, reference: Snapshot) -> bool:
    table = reference.icd10cm
    return table is not None and any(_required(year, code) for year in table.years)


@edit(
    id="DX308",
    name="underlying-condition-missing",
    severity=REVIEW,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=diagnoses(
        _asks_for_a_cause, "a diagnosis has a code-first note that asks for an underlying condition"
    ),
    carc=("CO", "16"),
    rarc=("M64",),
    citation=coding_guidelines("section I.A.13, code first"),
)
def underlying_condition_missing(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A diagnosis asks for its underlying condition before it, and none of the codes its note names is there.

    Why it is denied: A code-first note sets the order: the cause, then what it does. Payers reject the pair in the
    wrong order, and an effect without a cause.

    Fails: D63.1 without N18.- before it.

    Passes: N18.30, then D63.1. Where the note only gives examples ("such as") and another diagnosis stands before,
    this is for information: that one may be the cause. Notes with "if applicable", "if known" or "any" ask for
    nothing. A manifestation code in the first place is DX307.

    Source: Official guidelines, section I.A.13; code-first notes of the tabular list.
    """
    table = reference.icd10cm
    if table is None:
        return
    table = in_force(table, claim)
    for position, code in enumerate(claim.diagnoses):
        row = table.get(code)
        if row is None or not row.code_first:
            continue
        required = _required(table, code)
        ranges = tuple(named for carried in required for named in carried.note.ranges)
        if not required or any(in_ranges(other, ranges) for other in claim.diagnoses[:position]):
            continue
        if position == 0 and "manifestation" in table.attributes(code, service_dates(claim, 1)[0]):
            continue
        behind = [dotted(other) for other in claim.diagnoses[position + 1 :] if in_ranges(other, ranges)]
        examples_only = any(carried.note.open for carried in required)
        note = required[0].note.text
        yield Defect(
            location=("diagnoses", position),
            message=f"{dotted(code)} asks for its underlying condition before it; "
            + (
                f"{behind[0]} stands behind it."
                if behind
                else "no diagnosis before it is one of those the note names."
            ),
            severity=INFO if examples_only and position > 0 and not behind else REVIEW,
            because={"diagnosis": dotted(code), "code_first": note, "behind": behind},
            advice=Advice(
                f"Put the underlying condition the record shows before {dotted(code)}. The tabular list says: "
                f"code first {note}."
            ),
        )


def _required(table: Icd10cm, code: str) -> list[CarriedNote]:
    return [carried for carried in table.code_first(code) if carried.note.required]
