"""The authorities the guidance edits rest on."""

from scrubber.rule import Citation


def tabular_list(section: str) -> Citation:
    """The ICD-10-CM tabular list: which code is for which condition."""
    return Citation(
        title="ICD-10-CM Tabular List of Diseases and Injuries, chapter 13",
        url="https://www.cdc.gov/nchs/icd/icd-10-cm/files.html",
        section=section,
        edition="April 1, 2026",
    )


def coding_guidelines(section: str) -> Citation:
    """The official guidelines that HIPAA adopts with the code set."""
    return Citation(
        title="ICD-10-CM Official Guidelines for Coding and Reporting",
        url="https://www.cms.gov/files/document/fy-2026-icd-10-cm-coding-guidelines.pdf",
        section=section,
        edition="FY 2026",
    )
