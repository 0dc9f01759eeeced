"""What the forms of the report say in words."""

from decimal import Decimal
from typing import Final

from scrubber.report.figures import DenialReport
from scrubber.report.forms.shown import about, plural, shown

TITLE = "Denial risk"
UNSEEN = "Seen by no edit"

DISPOSITIONS = {
    "clean": "Clean: send",
    "review": "Review: have a person look",
    "hold": "Hold: mend first",
    "unreadable": "Could not be read",
}

FIXED_BY = {
    "front-desk": "Front desk",
    "coder": "Coder",
    "clinician": "Clinician (documentation)",
    "biller": "Biller",
    "nobody": "Nobody: the service is not paid",
}

REASONS = {
    "reference-not-loaded": "The reference table it needs is not loaded",
    "outside-edition": "The service date or code lies outside the loaded edition",
    "not-in-starter-table": "The starter table does not hold the code; the full one is not loaded",
    "contractor-decides": "Each Medicare contractor decides, and its decision is not loaded",
    "place-unknown": "The claim does not say where the service was given",
    "place-ambiguous": "The place belongs to two contractors that would answer differently",
    "payer-unknown": "The payer's own rule is not loaded",
    "article-not-loaded": "The contractor's coverage article is not loaded",
    "no-diagnosis-list": "The contractor's article lists no diagnoses",
    "relation-not-stated": "The article does not say which list belongs to the procedure",
    "no-diagnosis-pointer": "The line points to no diagnosis",
    "fact-missing": "The claim leaves out a fact it would have to read",
    "other-form": "It judges the other kind of claim form",
    "history-not-read": "Earlier claims of the patient were not read",
    "edit-failed": "A fault of the scrubber: report it",
}

NOTES = {
    "What a probability means": (
        "Each finding has a probability that the payer denies for it. It comes from a table of priors, and moves "
        "towards what payers did as remittances come in. A payer denies a line once for one reason, so findings of a "
        "line that predict the same code count once. Different reasons are taken as independent."
    ),
    "What expected means": (
        "Expected claims and dollars are sums of probabilities: what to expect if every claim were sent as it is "
        "now. They are not a count of claims on hold. Dollars are charges, where not said otherwise."
    ),
    "Allowed amounts": (
        "What the Medicare physician fee schedule allows for the services: the national amounts of the edition in use, "
        "before the adjustment for the locality, and without reductions such as those for several procedures of a day. "
        "Only professional claims to Medicare Part B have them. Where the amount of a line is not known, its claim is "
        "left out."
    ),
    "How sure it is": (
        "A range given with a figure is a 90% interval: the true figure lies outside it about one time in ten. It "
        "covers chance and how little is known of each denial rate. It does not cover what was not evaluated."
    ),
    "Clean rate": (
        "Claims without a finding that holds them or asks for review, divided by all claims that could be read. It is "
        "pooled: one division over everything, never an average of rates."
    ),
    "What no edit sees": (
        "Payers also deny for reasons that no edit checks. Their usual rate is part of every expectation and has a "
        "row of its own. No work on the findings removes it."
    ),
    "What adds up": (
        "Findings and expected dollars add up over the rows of a table. Claims and charges of a table by code do not: "
        "a claim with two findings is in two rows."
    ),
}
"""The method, note by note."""


SPELT: Final = {"ga": "GA", "id": "ID", "medicare": "Medicare", "mue": "MUE", "npi": "NPI", "zip": "ZIP"}
"""What is not written small in the name of an edit."""


def edit_name(slug: str) -> str:
    """The name of an edit as words."""
    name = " ".join([SPELT.get(word, word) for word in slug.split("-")])
    return name[:1].upper() + name[1:]


def headline(report: DenialReport) -> str:
    """The answer in a sentence: how many claims would be denied, and how many dollars."""
    expected, charge = report.expected, readable_charge(report)
    claims = readable(report)
    if claims == 0:
        return "No claim could be read." if report.dispositions.unreadable.claims else "There are no claims."
    dollars = f"{shown(expected.charge, 'dollars')} of {shown(charge, 'dollars')} charged"
    if claims == 1:
        return (
            f"If sent as it is, the claim is denied with a probability of {expected.denials:.0%}: {dollars}."
        )
    return (
        f"If sent as they are, about {about(expected.denials)} of {claims:,} claims would be denied in whole or "
        f"in part: {dollars}."
    )


def allowed(report: DenialReport) -> str | None:
    """What is expected to be lost by the amounts allowed, and for how many claims that is known."""
    if report.allowed is None:
        return None
    known = report.allowed
    return (
        "By what Medicare allows (national amounts, before the locality adjustment), "
        f"{shown(known.expected_allowed, 'dollars')} would be lost. That is known for {known.claims:,} of "
        f"{plural(readable(report), 'claim', 'claims')}; of their charges, "
        f"{shown(known.expected_charge, 'dollars')} would be lost."
    )


def covered(report: DenialReport) -> str:
    """What the report is of."""
    of = report.of
    parts = [f"{of.kind} {shown(of.name, 'text')}"] if of.name else []
    if of.first_day or of.last_day:
        parts.append(f"services {shown(of.first_day, 'date')} to {shown(of.last_day, 'date')}")
    if of.payer:
        parts.append(f"payer {shown(of.payer, 'text')}")
    if of.provider:
        parts.append(f"provider {shown(of.provider, 'text')}")
    whole = ", ".join(parts) or of.kind
    return whole[0].upper() + whole[1:]


def basis(report: DenialReport) -> str:
    """Where the probabilities come from."""
    if report.basis == "prior":
        return "Probabilities are priors: judgement and published rates, not yet moved by remittances of this practice."
    behind = sum(edit.remittances for edit in report.edits)
    names = ", ".join(report.calibrations)
    lines = plural(behind, "decided line", "decided lines")
    return f"Probabilities are calibrated ({names}) with {lines} of remittances."


def readable(report: DenialReport) -> int:
    """Claims that could be read."""
    of = report.dispositions
    return of.clean.claims + of.review.claims + of.hold.claims


def readable_charge(report: DenialReport) -> Decimal:
    """The charges of the claims that could be read."""
    of = report.dispositions
    return of.clean.charge + of.review.charge + of.hold.charge
