"""CLM118: a test without the provider who ordered it."""

from collections.abc import Iterator

from scrubber.claim import Claim, ServiceLine
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REJECT, REVIEW, Advice, Defect, Triggers, edit, medicare_part_b
from scrubber.rule.authorities import billing_manual

ORDERED_SERVICES = (
    ("70010", "75574", "diagnostic imaging"),
    ("76010", "76499", "diagnostic imaging"),
    ("76506", "76886", "diagnostic ultrasound"),
    ("77046", "77062", "breast imaging"),
    ("77065", "77066", "diagnostic mammography"),
    ("77071", "77086", "bone and joint imaging"),
    ("78012", "78999", "diagnostic nuclear medicine"),
    ("80047", "89398", "clinical laboratory and pathology"),
)
"""First and last code and what they are. Imaging guidance of a procedure, vessel studies done with one, and
screening mammography (77063, 77067: no order needed, Claims Processing Manual ch. 18 section 20) are left
out."""

SOFTER = frozenset({"26", "GY"})
"""Interpretation alone, and lines billed to be denied: contractors differ, so a person looks."""


def ordered(procedure: str) -> str | None:
    """What kind of ordered service the procedure is, None if it is none."""
    if len(procedure) != 5 or not (procedure.isascii() and procedure.isdigit()):
        return None
    return next((kind for first, last, kind in ORDERED_SERVICES if first <= procedure <= last), None)


@edit(
    id="CLM118",
    name="referring-provider-missing",
    severity=REJECT,
    scope=CLAIM,
    triggers=Triggers(
        "a line bills imaging or a laboratory test to Medicare Part B",
        payer=medicare_part_b,
        procedure=lambda code, _reference: ordered(code) is not None,
    ),
    carc=("CO", "16"),
    rarc=("N264", "N265"),
    citation=billing_manual(
        "80.3.2.1.2, Conditional Data Element Requirements",
        edition="CMS transmittal 2767 (CR 8356), 2013-08-16",
    ),
)
def referring_provider_missing(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """Imaging or a laboratory test is billed to Medicare without the provider who ordered it.

    Why it is denied: Medicare pays a diagnostic test only on the order of a provider it can identify. Name
    and NPI stand in item 17 or loop 2310A, also when the provider who performs the test ordered it. Without
    them the claim is returned with N264 and N265.

    Fails: 72040 without a referring or ordering provider, or with one that has no NPI.

    Passes: 72040 with that provider and the NPI; 98940, which needs no order; screening mammography.

    Source: Medicare Claims Processing Manual, chapter 1, section 80.3.2.1.2 (CR 8356); MLN SE1305; NGS on
    CO-16 with N265, https://www.ngsmedicare.com/web/ngs/search-details?selectedArticleId=12537843. With
    modifier 26 or GY it is a review.
    """
    referring = claim.referring_provider
    if referring is not None and referring.npi:
        return
    lines = [line for line in claim.lines if ordered(line.procedure) and not _ordered_by(line)]
    if not lines:
        return
    line = next((line for line in lines if SOFTER.isdisjoint(line.modifiers)), lines[0])
    missing = (
        "there is no referring or ordering provider"
        if referring is None
        else "the referring provider has no NPI"
    )
    yield Defect(
        location=("referring_provider",) if referring is None else ("referring_provider", "npi"),
        message=f"{line.procedure} ({ordered(line.procedure)}) is a service on order, and {missing}.",
        severity=None if SOFTER.isdisjoint(line.modifiers) else REVIEW,
        rarc=None if referring is None else ("N265",),
        because={"procedures": sorted({line.procedure for line in lines})},
        advice=Advice(
            "Enter the provider whose order is in the record, with the NPI; it may be the performing one."
        ),
    )


def _ordered_by(line: ServiceLine) -> bool:
    """Whether the line itself names who ordered or referred, with the NPI."""
    return any(
        provider is not None and provider.npi
        for provider in (line.ordering_provider, line.referring_provider)
    )
