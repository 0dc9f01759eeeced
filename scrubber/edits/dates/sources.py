"""The authority that most date edits rest on."""

from scrubber.rule import Citation


def claim_form_manual(section: str) -> Citation:
    """The CMS instructions for each item of the CMS-1500 and its electronic equivalent."""
    return Citation(
        title="Medicare Claims Processing Manual, chapter 26, Form CMS-1500 Data Set",
        url="https://www.cms.gov/regulations-and-guidance/guidance/manuals/downloads/clm104c26pdf.pdf",
        section=section,
    )
