"""CLM114: a line that does not say which diagnosis it is for."""

from collections.abc import Iterator

from scrubber.claim import Claim, Location, ServiceLine, line_field
from scrubber.edits.claim_form.ordinary import MOST_POINTERS, looks_odd, pointers_in_order
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual

ADVICE = Advice(
    "Point to the diagnosis the record gives for this service, the main one first, at most four, each once."
)


@edit(
    id="CLM114",
    name="diagnosis-pointer-missing-or-out-of-range",
    severity=REJECT,
    scope=LINE,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("M76",),
    citation=claim_form_manual("10.4, items 21 and 24E"),
)
def diagnosis_pointer_missing_or_out_of_range(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A line points to no diagnosis, to one that is not there, to more than four, or twice to the same.

    Why it is denied: The payer judges a line by the diagnoses it points to. A pointer that leads nowhere
    makes the claim unprocessable, also when the right diagnosis is on the claim.

    Fails: Pointer 3 on a claim with two diagnoses; no pointer; pointers 1, 2, 3, 4, 5; pointers 1, 1.

    Passes: One to four different pointers, each to a diagnosis of the claim. An ambulance line needs none.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, items 21 and 24E; 837 Professional,
    SV107.
    """
    count = len(claim.diagnoses)
    for number, line in enumerate(claim.lines, start=1):
        if not pointers_in_order(line.diagnosis_pointers, count):
            yield from _defects(number, line, count)


def _defects(number: int, line: ServiceLine, count: int) -> Iterator[Defect]:
    pointers = line.pointers
    if not pointers and line.procedure.startswith("A0"):
        return  # an ambulance supplier need not give a diagnosis
    field = "diagnosis_pointers"
    there = f"the claim has {count} diagnos{'i' if count == 1 else 'e'}s"

    def defect(location: Location, wrong: str) -> Defect:
        return Defect(
            location=location,
            message=f"{line.procedure}: {wrong}.",
            because={"procedure": line.procedure, "pointers": list(pointers), "diagnoses": count},
            advice=ADVICE,
        )

    if not pointers:
        yield defect(line_field(number, field), f"the line points to no diagnosis; {there}")
    if len(pointers) > MOST_POINTERS:
        yield defect(
            line_field(number, field, MOST_POINTERS),
            f"the line has {len(pointers)} diagnosis pointers, at most {MOST_POINTERS} count",
        )
    for place, pointer in enumerate(pointers):
        if not 0 < pointer <= count:
            yield defect(
                line_field(number, field, place), f"pointer {pointer} leads to no diagnosis; {there}"
            )
        elif pointer in pointers[:place]:
            yield defect(line_field(number, field, place), f"the line points to diagnosis {pointer} twice")
