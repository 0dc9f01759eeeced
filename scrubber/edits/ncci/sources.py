"""The CMS documents that the edits of this family rest on."""

from scrubber.rule import Citation

ADD_ON_EDITS = Citation(
    title="CMS, Medicare NCCI Add-on Code Edits",
    url="https://www.cms.gov/medicare/coding-billing/national-correct-coding-initiative-ncci-edits/"
    "medicare-ncci-add-code-edits",
    section="Types 1, 2 and 3 (CR 7501)",
    edition="in force since 2013-04-01",
)
