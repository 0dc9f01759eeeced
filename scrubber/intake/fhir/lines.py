"""The diagnoses and lines of a claim."""

from decimal import Decimal
from typing import Final

from scrubber.intake.fhir import resources as fhir
from scrubber.intake.fhir.making import Making
from scrubber.intake.fhir.terms import DRUG, ICD10_CM, PLACE_OF_SERVICE, PROCEDURE, code_of, codes_of

MINUTES: Final = frozenset({"min", "minute", "minutes", "mj"})


def put_diagnoses(made: Making) -> None:
    """The diagnoses, the principal one first if one is marked so, then by their sequence."""
    entries = sorted(
        enumerate(made.claim.diagnosis),
        key=lambda one: (
            not any("principal" in codes_of(kind) for kind in one[1].type),
            one[0] + 1 if one[1].sequence is None else one[1].sequence,
        ),
    )
    made.paths[("diagnoses",)] = f"{made.path}.diagnosis"
    for number, diagnosis in entries:
        at = f"{made.path}.diagnosis[{number}]"
        concept, path = diagnosis.diagnosis_codeable_concept, f"{at}.diagnosisCodeableConcept"
        if concept is None:
            condition, path = made.around.find(diagnosis.diagnosis_reference, f"{at}.diagnosisReference")
            concept = condition.code if isinstance(condition, fhir.Condition) else None
            path = f"{path}.code" if isinstance(condition, fhir.Condition) else path
        code = code_of(concept, ICD10_CM, bare=True)
        if code is None:
            made.faults.append(f"{path}: no ICD-10-CM code.")
        made.add(path, code, "diagnoses")
    positions = made.claim.diagnosis
    ranks = {number: rank for rank, (number, _) in enumerate(entries, 1)}
    sequences: dict[int, int] = {}
    for number, diagnosis in enumerate(positions):
        sequences.setdefault(number + 1 if diagnosis.sequence is None else diagnosis.sequence, ranks[number])
    for line, item in enumerate(made.claim.item):
        made.paths[("lines", line, "diagnosis_pointers")] = f"{made.path}.item[{line}].diagnosisSequence"
        for number, sequence in enumerate(item.diagnosis_sequence):
            # a pointer to nothing stays one: it is for the edits to find
            nowhere = min(max(sequence, len(positions) + 1), 99)
            made.add(
                f"{made.path}.item[{line}].diagnosisSequence[{number}]",
                sequences.get(sequence, nowhere),
                "lines", line, "diagnosis_pointers",
            )  # fmt: skip


def put_lines(made: Making) -> None:
    """What the lines say, but for their diagnoses and providers; the first place of service is the claim's."""
    whole: str | None = None
    for line, item in enumerate(made.claim.item):
        at = f"{made.path}.item[{line}]"
        if item.detail:
            made.faults.append(f"{at}.detail: lines made of several services are not read.")
        code = code_of(item.product_or_service, PROCEDURE, bare=True)
        if code is None and item.product_or_service is not None:
            made.faults.append(f"{at}.productOrService: no CPT or HCPCS code.")
        made.put(f"{at}.productOrService", code, "lines", line, "procedure")
        made.put(f"{at}.productOrService", code_of(item.product_or_service, DRUG), "lines", line, "ndc")
        for number, modifier in enumerate(item.modifier):
            if found := next((coding.code for coding in modifier.coding if coding.code), None):
                made.add(f"{at}.modifier[{number}]", found, "lines", line, "modifiers")
        _service_dates(made, item, line, at)
        _charge(made, item, line, at)
        if item.quantity:
            made.put(f"{at}.quantity", _number(item.quantity.value), "lines", line, "units")
            if {(item.quantity.code or "").lower(), (item.quantity.unit or "").lower()} & MINUTES:
                made.put(f"{at}.quantity", "MJ", "lines", line, "unit_basis")
        place = code_of(item.location_codeable_concept, PLACE_OF_SERVICE, bare=True)
        if place and whole is None:
            whole = place
            made.put(f"{at}.locationCodeableConcept", place, "place_of_service")
        elif place and place != whole:
            made.put(f"{at}.locationCodeableConcept", place, "lines", line, "place_of_service")
    if whole is None:  # where it would be
        made.paths[("place_of_service",)] = f"{made.path}.item[0].locationCodeableConcept"


def _service_dates(made: Making, item: fhir.Item, line: int, at: str) -> None:
    period, element = item.serviced_period, f"{at}.servicedPeriod"
    if item.serviced_date:
        made.put(f"{at}.servicedDate", day_of(item.serviced_date), "lines", line, "service_date")
        return
    whole = made.claim.billable_period
    if period is None and whole and whole.start and day_of(whole.start) == day_of(whole.end):
        period, element = fhir.Period(start=whole.start), f"{made.path}.billablePeriod"
    if period:
        made.put(f"{element}.start", day_of(period.start), "lines", line, "service_date")
        made.put(f"{element}.end", day_of(period.end), "lines", line, "service_date_to")


def _charge(made: Making, item: fhir.Item, line: int, at: str) -> None:
    if item.net:
        made.put(f"{at}.net", amount_of(made, item.net, f"{at}.net"), "lines", line, "charge")
    elif item.unit_price and item.unit_price.value is not None:
        count = item.quantity.value if item.quantity and item.quantity.value is not None else Decimal(1)
        factors = (item.unit_price.value, count, item.factor if item.factor is not None else Decimal(1))
        if all(map(_is_plain, factors)):
            price = fhir.Money(value=factors[0] * factors[1] * factors[2], currency=item.unit_price.currency)
            made.put(f"{at}.unitPrice", amount_of(made, price, f"{at}.unitPrice"), "lines", line, "charge")
        else:
            made.faults.append(f"{at}.unitPrice: not an amount of money.")


def amount_of(made: Making, money: fhir.Money, path: str) -> str | None:
    """An amount in dollars; another currency is a fault."""
    if money.currency not in {None, "USD"}:
        made.faults.append(f"{path}: the currency is not USD.")
    return _number(money.value)


def _is_plain(number: Decimal) -> bool:
    _, digits, exponent = number.as_tuple()
    return isinstance(exponent, int) and -12 <= exponent <= 12 and len(digits) <= 24


def _number(number: Decimal | None) -> str | None:
    """The number without an exponent and without zeros behind the cents; a strange one as it is, to be refused."""
    if number is None:
        return None
    if not _is_plain(number):
        return str(number)
    told = f"{number:f}"
    whole, _, decimals = told.partition(".")
    return told if len(decimals) < 3 else f"{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def day_of(time: str | None) -> str | None:
    """The day of a date or a time as it is written there."""
    return time[:10] if time and time[10:11] == "T" else time
