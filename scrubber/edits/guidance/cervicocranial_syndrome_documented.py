"""GDE901: cervicocranial syndrome under M53.8-."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.guidance.regions import other_dorsopathies, where_attested
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import tabular_list

CERVICOCRANIAL_SYNDROME = "M530"
NEAR_IT = frozenset({"M5380", "M5381", "M5382"})
"""The codes that may stand in for it: those of the neck, and the one without a site."""


@edit(
    id="GDE901",
    name="cervicocranial-syndrome-documented",
    severity=REVIEW,
    scope=CLAIM,
    triggers=where_attested(NEAR_IT, "a diagnosis is M53.80, M53.81 or M53.82"),
    carc=("CO", "16"),
    rarc=("M76",),
    citation=tabular_list("M53.0 and M53.8-"),
)
def cervicocranial_syndrome_documented(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The record shows cervicocranial syndrome, which has its own code, M53.0.

    Why it is denied: M53.8- is for dorsopathies that have no code of their own. Where the record names a condition
    that has one, a reviewer finds the code not supported.

    Fails: M53.81 where the record is attested to show cervicocranial syndrome.

    Passes: M53.0. M53.81 where the record does not name the syndrome, or with M53.0 beside it.

    Source: ICD-10-CM tabular list, category M53.
    """
    if (
        "cervicocranial-syndrome" not in claim.documentation.findings
        or CERVICOCRANIAL_SYNDROME in claim.diagnoses
    ):
        return
    for position, code, _region in other_dorsopathies(claim):
        if code in NEAR_IT:
            yield Defect(
                location=("diagnoses", position - 1),
                message=f"The record shows cervicocranial syndrome; M53.0 is its code, not {dotted(code)}.",
                because={
                    "diagnosis": dotted(code),
                    "finding": "cervicocranial-syndrome",
                    "better_code": "M53.0",
                },
                advice=Advice(
                    "Bill M53.0 if the provider names the syndrome in the assessment. M53.81 needs another condition "
                    "of the occiput, C1 and C2 that has no code of its own."
                ),
            )
