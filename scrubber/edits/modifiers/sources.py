"""The documents that the edits of modifiers rest on."""

from scrubber.rule import Citation

_TRANSMITTALS = "https://www.cms.gov/regulations-and-guidance/guidance/transmittals/"

VOLUNTARY_NOTICE = Citation(
    title="CMS Change Request 6563, Billing for Services Related to Voluntary Uses of Advance Beneficiary Notices",
    url=f"{_TRANSMITTALS}downloads/r1921cp.pdf",
    edition="in force 2010-04-01",
)

ALWAYS_THERAPY = Citation(
    title="CMS Change Request 10176, Updated Editing of Always Therapy Services - MCS",
    url=f"{_TRANSMITTALS}2017downloads/r3814cp.pdf",
    section="also Medicare Claims Processing Manual, chapter 5, section 20",
    edition="in force 2018-01-01",
)

BILATERAL = Citation(
    title="Noridian Healthcare Solutions, Modifier 50",
    url="https://med.noridianmedicare.com/web/jea/topics/modifiers/50",
)

PRICING_MODIFIERS = Citation(
    title="CIGNA Government Services (Part B carrier), Pricing Modifiers Reminder",
    url="https://www.cignagovernmentservices.com/partb/pubs/news/2005/0605/Cope2621.html",
    edition="2005-06-22",
)
