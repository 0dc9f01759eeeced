"""The CMS documents that the edits of this family rest on."""

from scrubber.rule import Citation

_NCCI = "https://www.cms.gov/medicare/coding-billing/national-correct-coding-initiative-ncci-edits/"


def policy_manual(section: str) -> Citation:
    """What code pairs and unit limits are, who they hold for, and which modifiers count."""
    return Citation(
        title="Medicare NCCI Policy Manual, chapter I, General Correct Coding Policies",
        url=f"{_NCCI}medicare-ncci-policy-manual",
        section=section,
        edition="2026",
    )


ADD_ON_EDITS = Citation(
    title="CMS, Medicare NCCI Add-on Code Edits",
    url=f"{_NCCI}medicare-ncci-add-code-edits",
    section="Types 1, 2 and 3 (CR 7501)",
    edition="in force since 2013-04-01",
)
