"""DX313: an unspecified code beside more specific ones."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.diagnosis.codes import service_dates
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, INFO, Advice, Defect, diagnoses, edit
from scrubber.rule.authorities import coding_guidelines

SPECIFIC_SHOWN = 4
ADVICE = Advice("If the record tells more, bill the code that says it.")


def _leaves_something_open(code: str, reference: Snapshot) -> bool:
    row = reference.icd10cm.get(code) if reference.icd10cm is not None else None
    return row is not None and bool(row.specific)


@edit(
    id="DX313",
    name="unspecified-code-where-specific-exists",
    severity=INFO,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("icd10cm",),
    triggers=diagnoses(_leaves_something_open, "a diagnosis is unspecified and codes beside it say more"),
    carc=("CO", "16"),
    rarc=("M81",),
    citation=coding_guidelines("section I.B.18, use of unspecified codes"),
)
def unspecified_code_where_specific_exists(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A diagnosis leaves something unspecified that codes beside it say.

    Why it is denied: An unspecified code is right when the record does not tell more. Some payers deny or down-rate
    it where the record must know, as with the side or the region.

    Fails: M53.80; M53.81 to M53.88 name the region.

    Passes: M53.81. J18.9, which has no code beside it that says more of the same.

    Source: Official guidelines, sections I.A.9.b and I.B.18; titles of the tabular list.
    """
    table = reference.icd10cm
    if table is None:
        return
    for position, code in enumerate(claim.diagnoses, start=1):
        row = table.get(code)
        if row is None or not row.specific:
            continue
        on = service_dates(claim, position)[0]
        specific = (
            [dotted(sibling) for sibling in table.more_specific(code, on)] if table.billable(code, on) else []
        )
        if specific:
            more = len(specific) - SPECIFIC_SHOWN
            shown = ", ".join(specific[:SPECIFIC_SHOWN]) + (f" and {more} more" if more > 0 else "")
            yield Defect(
                location=("diagnoses", position - 1),
                message=f"{dotted(code)} is unspecified; {shown} {'says' if len(specific) == 1 else 'say'} more.",
                because={"diagnosis": dotted(code), "specific": specific},
                advice=ADVICE,
            )
