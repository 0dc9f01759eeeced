"""CHI808: a service by a chiropractor that Medicare does not pay a chiropractor for."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field, rendering_taxonomy
from scrubber.edits.chiropractic.codes import EXTRASPINAL_MANIPULATION, SPINAL_MANIPULATION
from scrubber.edits.chiropractic.ordinary import by_chiropractor, manipulation_in_question
from scrubber.edits.chiropractic.sources import BENEFIT_REGULATION
from scrubber.reference import Snapshot
from scrubber.rule import DENY, LINE, Advice, Defect, Triggers, edit, medicare_part_b

TOLD_ELSEWHERE = SPINAL_MANIPULATION | {EXTRASPINAL_MANIPULATION}
QUALITY_CODES = ("G8", "G9", "M1")
"""With CPT category II (ending in F), what is reported for quality programmes and not for payment."""

ADVICE = Advice(
    "Check who gave the service. If it was the chiropractor, it is outside the benefit and need not be "
    "billed; GY is for when the patient wants Medicare's denial. Therapy services then also need GP, GO or "
    "GN."
)


@edit(
    id="CHI808",
    name="noncovered-service-by-chiropractor",
    severity=DENY,
    scope=LINE,
    triggers=Triggers("a chiropractor bills Medicare Part B", payer=medicare_part_b),
    screen=manipulation_in_question,
    carc=("CO", "96"),
    rarc=("N425",),
    citation=BENEFIT_REGULATION,
)
def noncovered_service_by_chiropractor(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A chiropractor bills Medicare for something other than spinal manipulation, without GY.

    Why it is denied: Medicare pays a chiropractor for manual manipulation of the spine and nothing else.
    X-rays, visits, therapy and all other services of a chiropractor are outside the benefit.

    Fails: 72040 (an X-ray) or 99213 (a visit) billed by taxonomy 111N00000X.

    Passes: The same line with GY; 98940 to 98942; quality codes reported beside them.

    Source: 42 CFR 410.21(b); Medicare Benefit Policy Manual, chapter 15, section 240.
    """
    for number, line in enumerate(claim.lines, start=1):
        procedure = line.procedure
        if procedure in TOLD_ELSEWHERE or "GY" in line.modifiers:
            continue
        taxonomy = rendering_taxonomy(claim, line)
        if not by_chiropractor(taxonomy):
            continue
        if procedure.startswith(QUALITY_CODES) or procedure.endswith("F"):
            continue
        yield Defect(
            location=line_field(number, "procedure"),
            message=f"{procedure} is billed by a chiropractor, whom Medicare pays for 98940 to 98942 only.",
            because={"procedure": procedure, "taxonomy": taxonomy, "modifiers": list(line.modifiers)},
            advice=ADVICE,
        )
