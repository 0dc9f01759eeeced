"""The authorities that most claim-form edits rest on."""

from scrubber.rule import Citation


def claim_form_manual(section: str) -> Citation:
    """The CMS instructions for each item of the CMS-1500 and its electronic equivalent."""
    return Citation(
        title="Medicare Claims Processing Manual, chapter 26, Form CMS-1500 Data Set",
        url="https://www.cms.gov/regulations-and-guidance/guidance/manuals/downloads/clm104c26pdf.pdf",
        section=section,
    )


def electronic_standard(section: str) -> Citation:
    """The standard for electronic professional claims that federal law adopts."""
    return Citation(
        title="45 CFR 162.1102, ASC X12N 837 Professional (005010X222 with errata A1)",
        url="https://www.ecfr.gov/current/title-45/section-162.1102",
        section=section,
        edition="005010X222A1",
    )
