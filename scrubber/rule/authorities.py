"""The public documents that edits of several families rest on, each cited in one place.

A new edition is entered here once. What only one family cites stands with that family.
"""

from scrubber.rule.finding import Citation

_MANUALS = "https://www.cms.gov/regulations-and-guidance/guidance/manuals/downloads/"


def benefit_manual(section: str) -> Citation:
    """What Part B covers, and what the record must show; section 240 is the chiropractic benefit."""
    return Citation(
        title="Medicare Benefit Policy Manual, chapter 15, Covered Medical and Other Health Services",
        url=f"{_MANUALS}bp102c15.pdf",
        section=section,
    )


def billing_manual(section: str, edition: str | None = None) -> Citation:
    """Who may bill what and by when, incomplete claims, duplicates."""
    return Citation(
        title="Medicare Claims Processing Manual, chapter 1, General Billing Requirements",
        url=f"{_MANUALS}clm104c01.pdf",
        section=section,
        edition=edition,
    )


def physician_manual(section: str) -> Citation:
    """Services of physicians and other practitioners; section 220 is about chiropractors."""
    return Citation(
        title="Medicare Claims Processing Manual, chapter 12, Physicians/Nonphysician Practitioners",
        url=f"{_MANUALS}clm104c12.pdf",
        section=section,
    )


def therapy_manual(section: str) -> Citation:
    """Outpatient rehabilitation: physical and occupational therapy, speech-language pathology."""
    return Citation(
        title="Medicare Claims Processing Manual, chapter 5, Part B Outpatient Rehabilitation and CORF/OPT Services",
        url=f"{_MANUALS}clm104c05.pdf",
        section=section,
    )


def claim_form_manual(section: str) -> Citation:
    """The CMS instructions for each item of the CMS-1500 and its electronic equivalent."""
    return Citation(
        title="Medicare Claims Processing Manual, chapter 26, Form CMS-1500 Data Set",
        url=f"{_MANUALS}clm104c26pdf.pdf",
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


def tabular_list(section: str) -> Citation:
    """The ICD-10-CM tabular list: which codes there are, what each is for, and the notes they carry."""
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


def ncci_manual(section: str) -> Citation:
    """What code pairs and unit limits are, who they hold for, and which modifiers count."""
    return Citation(
        title="Medicare NCCI Policy Manual, chapter I, General Correct Coding Policies",
        url="https://www.cms.gov/medicare/coding-billing/national-correct-coding-initiative-ncci-edits/"
        "medicare-ncci-policy-manual",
        section=section,
        edition="2026",
    )


def fee_schedule_manual(section: str) -> Citation:
    """What each field of the Medicare physician fee schedule says of a code."""
    return Citation(
        title="Medicare Claims Processing Manual, chapter 23, Fee Schedule Administration and Coding Requirements",
        url=f"{_MANUALS}clm104c23.pdf",
        section=f"Addendum, MPFSDB Record Layouts, {section}",
    )
