"""The authorities that the chiropractic edits rest on."""

from scrubber.rule import Citation

ACTIVE_TREATMENT = Citation(
    title="MLN Matters SE1602, Use of the AT modifier for Chiropractic Billing",
    url="https://www.hhs.gov/guidance/document/use-modifier-chiropractic-billing-new-information-along-information-mm3449",
    edition="2016-03-16, revised 2019-05-07",
)

PALMETTO_AT = Citation(
    title="Palmetto GBA, HCPCS Modifier AT",
    url="https://www.palmettogba.com/palmetto/jjb.nsf/DID/8EELAH4851",
    edition="2020-07-16",
)

NOTICE_MODIFIERS = Citation(
    title="National Government Services, Medicare Coverage of Chiropractic Services, Modifiers",
    url="https://www.ngsmedicare.com/web/ngs/chiropractic-services?selectedArticleId=1629197",
    section="AT Modifier; GA, GX, GY and GZ Modifiers",
)

BENEFIT_REGULATION = Citation(
    title="42 CFR 410.21, Limitations on services of a chiropractor",
    url="https://www.ecfr.gov/current/title-42/section-410.21",
    section="(b)",
)

INITIAL_TREATMENT_DATE = Citation(
    title="Noridian JF Part B, Chiropractic Services, Initial Treatment Date",
    url="https://med.noridianmedicare.com/web/jfb/topics/claim-submission/reason-code-guidance/chiropractic-services-initial-treatment-date",
    section="also Medicare Claims Processing Manual, chapter 12, section 220",
)
