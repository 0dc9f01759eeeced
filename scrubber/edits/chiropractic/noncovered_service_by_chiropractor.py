"""CHI808: a service by a chiropractor that Medicare does not pay a chiropractor for."""

from collections.abc import Iterator

from scrubber.claim import Claim, ServiceLine, line_field, rendering_taxonomy
from scrubber.edits.chiropractic.ordinary import manipulation_in_question
from scrubber.edits.chiropractic.sources import BENEFIT_REGULATION
from scrubber.edits.services import (
    EXTRASPINAL_MANIPULATION,
    SPINAL_MANIPULATION,
    by_chiropractor,
    rendering_npi,
    reports_only,
)
from scrubber.reference import Snapshot
from scrubber.rule import DENY, LINE, REVIEW, Advice, Defect, Triggers, edit, medicare_part_b

TOLD_ELSEWHERE = SPINAL_MANIPULATION | {EXTRASPINAL_MANIPULATION}

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

    Fails: 72040 (an X-ray) or 99213 (a visit) billed by taxonomy 111N00000X. Where that is the taxonomy of the practice
    alone and another provider gave the service, whose own the claim does not tell, it is a review: a practice of
    chiropractors may employ a therapist or a physician.

    Passes: The same line with GY; 98940 to 98942; quality codes reported beside them.

    Source: 42 CFR 410.21(b); Medicare Benefit Policy Manual, chapter 15, section 240.
    """
    for number, line in enumerate(claim.lines, start=1):
        procedure = line.procedure
        if procedure in TOLD_ELSEWHERE or "GY" in line.modifiers:
            continue
        if not by_chiropractor(claim, line) or reports_only(procedure):
            continue
        yield Defect(
            location=line_field(number, "procedure"),
            message=f"{procedure} is billed by a chiropractor, whom Medicare pays for 98940 to 98942 only.",
            severity=None if _tells_own_specialty(claim, line) else REVIEW,
            because={
                "procedure": procedure,
                "taxonomy": rendering_taxonomy(claim, line),
                "modifiers": list(line.modifiers),
            },
            advice=ADVICE,
        )


def _tells_own_specialty(claim: Claim, line: ServiceLine) -> bool:
    """Whether the specialty that counts for a line is that of who gave it, and not of his practice or a colleague."""
    for provider in (line.rendering_provider, claim.rendering_provider, claim.billing_provider):
        if provider is not None and provider.taxonomy:
            return provider.npi in {None, rendering_npi(claim, line)}
    return False
