"""CLM117: a place of service that does not exist, or not on that day."""

from collections.abc import Iterator

from scrubber.claim import Claim, Location, ServiceLine, json_pointer, line_field
from scrubber.edits.claim_form.ordinary import looks_odd
from scrubber.reference import Snapshot
from scrubber.reference.codes import CodeSet
from scrubber.rule import LINE, REJECT, Advice, Citation, Defect, edit


@edit(
    id="CLM117",
    name="place-of-service-unknown-or-not-valid-on-date",
    severity=REJECT,
    scope=LINE,
    needs=("place_of_service",),
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("M77",),
    citation=Citation(
        title="CMS Place of Service Code Set",
        url="https://www.cms.gov/medicare/coding-billing/place-of-service-codes/code-sets",
        edition="2024-05-02",
    ),
)
def place_of_service_unknown_or_not_valid_on_date(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The place of service is missing, not in the code set, or not in use on the service date.

    Why it is denied: The place decides which rate applies. A line without a valid code is returned as
    unprocessable; a code that did not exist on the service date does not fit the service (CO-5).

    Fails: 98; 10 for a service of 2021-12-31; no place on the line nor on the claim. 1 for 01 is a matter
    of notation.

    Passes: 11; 10 for a service of 2022-01-01. A line without a place has that of the claim.

    Source: CMS Place of Service Code Set.
    """
    places = reference.place_of_service
    if places is None:
        return
    whole = claim.place_of_service
    whole_told = False
    for number, line in enumerate(claim.lines, start=1):
        code = line.place_of_service or whole
        if code and places.valid(code, line.service_date):
            continue
        if line.place_of_service:
            yield _defect(line_field(number, "place_of_service"), code or "", line, places)
        elif not whole_told:
            whole_told = True
            yield _defect(("place_of_service",), code or "", line, places)
    if whole and not whole_told and whole not in places:
        # Every line has a place of its own, and the claim still carries this one.
        yield _defect(("place_of_service",), whole, claim.lines[0], places)


def _defect(location: Location, code: str, line: ServiceLine, places: CodeSet) -> Defect:
    on, written = line.service_date, code.strip().zfill(2)
    because = {"place_of_service": code, "service_date": on.isoformat(), "edition": places.edition}
    if not code.strip():
        return Defect(
            location=location,
            message=f"{line.procedure} has no place of service, neither on the line nor on the claim.",
            because=because,
            advice=Advice("Enter the code of the place where the patient got the service."),
        )
    if written != code and places.valid(written, on):
        return Defect(
            location=location,
            message=f"Place of service {code} is written {written}.",
            because=because,
            advice=Advice(
                f"Write {written}.",
                applicability="safe",
                patch=({"op": "replace", "path": json_pointer(location), "value": written},),
            ),
        )
    row = places.get(code)
    if row is None:
        return Defect(
            location=location,
            message=f"Place of service {code} is not in the code set.",
            because=because,
            advice=Advice("Enter the code of the place where the patient got the service."),
        )
    when = f"until {row.last}" if row.last is not None and row.last < on else f"from {row.first} on"
    return Defect(
        location=location,
        message=f"Place of service {code} is in use {when}; the service is of {on}.",
        carc=("CO", "5"),
        because=because,
        advice=Advice(
            "Enter the code that was in use for that place on the service date, or correct the date."
        ),
    )
