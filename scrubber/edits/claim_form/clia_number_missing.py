"""CLM120: a laboratory test without the CLIA number of the laboratory."""

import re
from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.certificate import Certificate, Certified, without
from scrubber.reference import Snapshot
from scrubber.reference.codes import CodeSet
from scrubber.rule import (
    LINE,
    REJECT,
    REVIEW,
    Advice,
    Citation,
    Defect,
    Triggers,
    edit,
    medicare_part_b,
)

WAIVED = "QW"
SPARED = frozenset({"26", "90", "GY"})
"""Interpretation alone, a test sent to another laboratory, a line billed to be denied."""

MOSTLY_TESTS = (
    ("80047", "80439"),
    ("81000", "81599"),
    ("82009", "84999"),
    ("85002", "85999"),
    ("86000", "86484"),
    ("86590", "86849"),
    ("87003", "87999"),
)
"""First and last code of what is done with a specimen in a laboratory, as far as nearly all of it is edited for CLIA.
Skin tests, consultations, blood bank, cytology and pathology, and what follows them are left out."""

NO_TEST = frozenset({"82075", "83013", "83014", "83987", "85060", "85097", "86077", "86078", "86079"})
"""Of these ranges: what is measured in breath, and what a physician reads or writes."""

CLIA_NUMBER = Certificate(
    field="clia_number",
    name="CLIA number",
    form="two digits, a D and seven digits",
    has_form=re.compile(r"[0-9]{2}[Dd][0-9]{7}").fullmatch,
    advice=Advice(
        "Enter the number on the CLIA certificate of the laboratory that did the test, for the place where it was "
        "done: item 23 of the form, REF*X4 of the claim or of its line."
    ),
)


def _may_be_test(procedure: str, reference: Snapshot) -> bool:
    tests = reference.clia_tests
    return _mostly_test(procedure) or (tests is not None and procedure in tests)


def _mostly_test(procedure: str) -> bool:
    return (
        len(procedure) == 5
        and procedure.isascii()
        and procedure.isdigit()
        and procedure not in NO_TEST
        and any(first <= procedure <= last for first, last in MOSTLY_TESTS)
    )


@edit(
    id="CLM120",
    name="clia-number-missing",
    severity=REJECT,
    scope=LINE,
    needs=("clia_tests",),
    triggers=Triggers(
        "a line bills a laboratory test to Medicare Part B",
        payer=medicare_part_b,
        procedure=_may_be_test,
        modifier=lambda code, _reference: code == WAIVED,
    ),
    carc=("CO", "16"),
    rarc=("MA120",),
    citation=Citation(
        title="Medicare Claims Processing Manual, chapter 16, Laboratory Services",
        url="https://www.cms.gov/regulations-and-guidance/guidance/manuals/downloads/clm104c16.pdf",
        section="70.10, CLIA Number Submitted on Claims",
    ),
)
def clia_number_missing(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A laboratory test is billed to Medicare without the CLIA number of the laboratory, or with none that can be one.

    Why it is denied: Medicare pays a test only to a laboratory with a CLIA certificate for it, a physician's office
    included, and looks the certificate up by its number. A laboratory claim without the number, or with one that does
    not have the form of one, is returned as unprocessable with MA120.

    Fails: 82962 without a CLIA number on claim and line; 87880-QW with the number 123. A test that is not known to be
    edited for CLIA, but lies among those that are, is a review.

    Passes: Ten characters, a D in place 3: 16D0123456; 84165-26, which is interpretation alone; 36415; a test
    referred to another laboratory (90); a skin test.

    Source: Medicare Claims Processing Manual, chapter 16, sections 70.8 to 70.10; Noridian on CO-16 with MA120,
    https://med.noridianmedicare.com/web/jfb/topics/claim-submission/reason-code-guidance/clia-certification-number-missing-invalid
    (2023-12-09). Which codes CMS has named: lcd_data/SOURCES.md.
    """
    tests = reference.clia_tests
    if tests is not None:
        yield from without(claim, CLIA_NUMBER, _tests_of(claim, tests))


def _tests_of(claim: Claim, tests: CodeSet) -> Iterator[Certified]:
    for number, line in enumerate(claim.lines, start=1):
        procedure = line.procedure
        if not SPARED.isdisjoint(line.modifiers):
            continue
        if WAIVED in line.modifiers or tests.valid(procedure, line.service_date):
            yield Certified(
                number,
                REJECT,
                f"{procedure} is a laboratory test, and neither line nor claim has a CLIA number.",
            )
        elif _mostly_test(procedure):
            yield Certified(
                number,
                REVIEW,
                f"{procedure} lies among the laboratory tests, most of which need a CLIA number; there is none.",
            )
