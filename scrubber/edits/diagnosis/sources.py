"""The authorities the diagnosis edits rest on."""

from scrubber.rule import Citation


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
