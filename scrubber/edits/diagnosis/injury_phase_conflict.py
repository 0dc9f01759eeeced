"""DX314: the 7th character of an injury against the documented phase."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted, pointed_diagnoses
from scrubber.edits.diagnosis.codes import EXTERNAL_CAUSES, in_force
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import Icd10cm
from scrubber.rule import (
    BOTH_FORMS,
    CLAIM,
    REVIEW,
    Advice,
    Defect,
    Reason,
    Triggers,
    Unevaluated,
    attested,
    edit,
)
from scrubber.rule.authorities import coding_guidelines

ACTIVE = frozenset("ABC")
"""Active treatment; B and C for open fractures."""
HEALING = frozenset("DEFGHJKMNPQR")
"""Routine care while it heals; the later letters for fractures that heal late, not, or wrong."""
SEQUELA = frozenset("S")

FITTING = {"acute": ACTIVE, "subsequent": HEALING, "sequela": SEQUELA, "chronic": HEALING | SEQUELA}
"""For each documented phase the 7th characters that go with it."""


def _tells_a_phase(code: str, reference: Snapshot) -> bool:
    table = reference.icd10cm
    return table is not None and any(_phase(year, code) is not None for year in table.years)


@edit(
    id="DX314",
    name="injury-phase-conflict",
    severity=REVIEW,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=Triggers(
        "a diagnosis tells the phase of an injury by its 7th character and the claim attests to the record",
        diagnosis=_tells_a_phase,
        claim=attested,
    ),
    carc=("CO", "16"),
    rarc=("M76",),
    citation=coding_guidelines("section I.C.19.a, application of 7th characters"),
)
def injury_phase_conflict(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """The 7th character of an injury code does not go with the documented phase of the injury.

    Why it is denied: A stands for active treatment, D for routine care while the injury heals, S for what the
    injury left behind. A reviewer reads the character against the note.

    Fails: S13.4XXA where the record is attested to say "sequela".

    Passes: S13.4XXA with "acute". What the record says comes in documentation.injury_phase; where a line rests on
    the injury and only other things are said of the record, it is not evaluated. External causes follow their
    injury and are not checked.

    Source: Official guidelines, section I.C.19.a.
    """
    table, phase = reference.icd10cm, claim.documentation.injury_phase
    if table is None:
        return
    table = in_force(table, claim)
    for position, code in enumerate(claim.diagnoses, start=1):
        character = _phase(table, code)
        if character is None:
            continue
        if phase is None:
            if any(code in pointed_diagnoses(claim, line) for line in claim.lines):
                yield Unevaluated(
                    reason=Reason.FACT_MISSING,
                    detail=f"documentation.injury_phase is not given, so {dotted(code)} can't be held against it",
                )
                return
        elif character not in FITTING[phase]:
            meaning = table.seventh(code).get(character, "another phase")
            yield Defect(
                location=("diagnoses", position - 1),
                message=f"{dotted(code)} says {meaning} (7th character {character}); the record says {phase}.",
                because={"diagnosis": dotted(code), "character": character, "injury_phase": phase},
                advice=Advice(
                    "The record must show whether the injury was under active treatment, was healing, or left a "
                    "sequela at this visit; the 7th character follows the record, not the number of the visit."
                ),
            )


def _phase(table: Icd10cm, code: str) -> str | None:
    """The 7th character of an injury code whose category tells phases by A, D and S; else None."""
    if len(code) != 7 or code.startswith(EXTERNAL_CAUSES):
        return None
    return code[6] if {"A", "D", "S"} <= table.seventh(code).keys() else None
