"""The authorities the diagnosis edits rest on."""

from scrubber.rule import Citation


def tabular_list(section: str) -> Citation:
    """The ICD-10-CM tabular list: which codes there are, and the notes they carry."""
    return Citation(
        title="ICD-10-CM Tabular List of Diseases and Injuries",
        url="https://www.cdc.gov/nchs/icd/icd-10-cm/files.html",
        section=section,
        edition="April 1, 2026; validity of codes to 2027-03-31",
    )


def coding_guidelines(section: str) -> Citation:
    """The official guidelines that HIPAA adopts with the code set."""
    return Citation(
        title="ICD-10-CM Official Guidelines for Coding and Reporting",
        url="https://www.cms.gov/files/document/fy-2026-icd-10-cm-coding-guidelines.pdf",
        section=section,
        edition="FY 2026",
    )


def code_editor(section: str, edition: str = "v44 (FY 2027)") -> Citation:
    """The edits Medicare makes on diagnosis codes, with the lists of codes they concern."""
    return Citation(
        title="Definitions of Medicare Code Edits",
        url=(
            "https://www.cms.gov/medicare/payment/prospective-payment-systems/acute-inpatient-pps/"
            "ms-drg-classifications-and-software"
        ),
        section=section,
        edition=edition,
    )
