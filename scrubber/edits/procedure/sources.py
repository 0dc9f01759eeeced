"""The authorities that the edits of procedure codes rest on."""

from scrubber.rule import Citation

CODE_SETS = Citation(
    title="45 CFR 162.1002, Medical data code sets",
    url="https://www.ecfr.gov/current/title-45/section-162.1002",
    section="CPT and HCPCS; 162.1000 for the date that counts",
)
