"""CLM121: a mammogram without the certification number of the facility."""

import re
from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.certificate import Certificate, Certified, without
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REJECT, Advice, Citation, Defect, edit, medicare_part_b, procedures

MAMMOGRAMS = frozenset({"77063", "77065", "77066", "77067", "G0279"})
SPARED = frozenset({"26", "GY"})
"""Interpretation alone, which no facility is certified for, and a line billed to be denied."""

CERTIFICATION = Certificate(
    field="mammography_certification",
    name="mammography certification number",
    form="six digits",
    has_form=re.compile(r"[0-9]{6}").fullmatch,
    advice=Advice(
        "Enter the six digits on the FDA certificate of the facility where the mammogram was taken: item 32 of the "
        "form, REF*EW of the claim or of its line."
    ),
)


@edit(
    id="CLM121",
    name="mammography-certification-missing",
    severity=REJECT,
    scope=LINE,
    triggers=procedures(MAMMOGRAMS, medicare_part_b, "a line bills a mammogram to Medicare Part B"),
    carc=("CO", "16"),
    rarc=("MA128",),
    citation=Citation(
        title="Medicare Claims Processing Manual, chapter 18, Preventive and Screening Services",
        url="https://www.cms.gov/regulations-and-guidance/guidance/manuals/downloads/clm104c18pdf.pdf",
        section="20.1.2, FDA Certification Data; 20.5, Billing Requirements",
        edition="CMS transmittal 1387 (CR 5577), 2007-12-07",
    ),
)
def mammography_certification_missing(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A mammogram is billed to Medicare without the certification number of its facility, or with none that can be one.

    Why it is denied: Medicare pays for mammograms of facilities that the FDA has certified, and looks the certificate
    up by its number of six digits. A claim without the number is returned as unprocessable with MA128.

    Fails: 77067 without the number on claim and line; 77067-TC with the number 12AB.

    Passes: 77067 with 123456; 77067-26, which is interpretation alone.

    Source: Medicare Claims Processing Manual, chapter 18, sections 20.1.2 and 20.5; CMS transmittal 1387 (CR 5577);
    MLN MM5577.
    """
    yield from without(
        claim,
        CERTIFICATION,
        (
            Certified(
                number,
                REJECT,
                f"{line.procedure} is a mammogram, and neither line nor claim has the number of the FDA certificate.",
            )
            for number, line in enumerate(claim.lines, start=1)
            if line.procedure in MAMMOGRAMS and SPARED.isdisjoint(line.modifiers)
        ),
    )
