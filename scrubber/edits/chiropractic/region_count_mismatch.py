"""CHI807: a code for more regions of the spine than the diagnoses name."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted, line_field, listed, pointed_diagnoses
from scrubber.edits.chiropractic.codes import REGIONS
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REVIEW, Advice, Defect, edit, medicare_part_b, procedures
from scrubber.rule.authorities import benefit_manual

FEWEST = {"98941": 3, "98942": 5}
BILLED_FOR = {"98941": "3 or 4 regions", "98942": "5 regions"}
ADVICE = Advice(
    "Count the regions the record shows as manipulated and subluxated. Bill the code that fits them; name "
    "each with its diagnosis only if the record shows it."
)


@edit(
    id="CHI807",
    name="region-count-mismatch",
    severity=REVIEW,
    scope=LINE,
    triggers=procedures(frozenset(FEWEST), payer=medicare_part_b),
    carc=("CO", "50"),
    citation=benefit_manual("240.1.2, 240.1.4"),
)
def region_count_mismatch(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """98941 or 98942 is billed and the diagnoses name fewer regions of the spine than the code is for.

    Why it is denied: The code is chosen by the number of spinal regions treated, and each needs a subluxation
    in the record. Fewer regions among M99.00 to M99.05 than the code is for invites a request for records. A
    line has four pointers, so for 98942 all diagnoses of the claim are counted.

    Fails: 98941 with M99.01 and M54.2 on the line: one region.

    Passes: 98941 with M99.01, M99.02, M99.03 and M54.2. Without any of the six codes this edit is silent: the
    missing subluxation is told by the coverage edits.

    Source: Medicare Benefit Policy Manual, chapter 15, section 240; the count is our reading of the code and
    the diagnoses together.
    """
    for number, line in enumerate(claim.lines, start=1):
        procedure = line.procedure
        fewest = FEWEST.get(procedure)
        if fewest is None or "GY" in line.modifiers:
            continue
        whole = procedure == "98942"
        told = claim.diagnoses if whole else pointed_diagnoses(claim, line)
        regions = tuple(code for code in REGIONS if code in told)
        if 0 < len(regions) < fewest:
            there = f"{len(regions)} region{'s' if len(regions) > 1 else ''} ({listed(regions)})"
            yield Defect(
                location=line_field(number, "procedure"),
                message=(
                    f"{procedure} is for {BILLED_FOR[procedure]}; "
                    f"the {'claim names' if whole else 'line points to'} {there}."
                ),
                because={
                    "procedure": procedure,
                    "regions": len(regions),
                    "fewest": fewest,
                    "diagnoses": [dotted(code) for code in regions],
                },
                advice=ADVICE,
            )
