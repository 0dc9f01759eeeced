"""Where in a file something of a claim stands: ``ST*0001 CLM[3] 2400[2] SV107-1``.

Told as people who read such files tell it: the transaction by its control number, the claim by its number in the
transaction, the line by its number in the claim, then loop, segment and element. A segment that comes with several
qualifiers is named with its own (``DTP*454 DTP03``). Nothing here is worked out before somebody asks.
"""

from typing import TypeAlias

from msgspec import Struct

from scrubber.claim import Location
from scrubber.intake.x12.envelope import Part, Transaction
from scrubber.intake.x12.guide import Fields
from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT

Problem: TypeAlias = tuple[str, str]
"""What could not be read: loop, segment and element, and a message."""


class Level(Struct, eq=False):
    """A level of the hierarchy: what it was read from, what was read of it and could not be, all above it included."""

    part: Part | None
    fields: Fields
    problems: list[Problem]
    above: "Level | None" = None


class Origin(Struct, eq=False):
    """The segments a claim was read from. Called with a location of the claim it tells the place in the file."""

    transaction: Transaction
    number: int
    claim: Part
    level: Level

    @property
    def place(self) -> str:
        """The place of the claim itself."""
        return f"{self.transaction.place} CLM[{self.number}]"

    def __call__(self, location: Location) -> str:
        """The place of a location; of what the file does not have, where it would stand."""
        match location:
            case ("lines", int(line), *rest):
                told = self._of_line(line, tuple(rest))
                return f"{self.place} 2400[{line + 1}]{told and f' {told}'}"
            case ("diagnoses", int(number)):
                told = self._diagnosis(number)
            case ("patient", *rest):
                dependent = self.level.part is not None and self.level.part.segments[0].split(ELEMENT)[
                    3:4
                ] == ["23"]
                told = joined("2010CA" if dependent else "2010BA", PATIENT.get("".join(map(str, rest)), ""))
            case ("other_payers", int(payer), *rest):
                told = joined(f"2320[{payer + 1}]", OTHER_PAYER.get(named(rest), ""))
            case ("related_causes", int(cause)):
                told = f"CLM11-{cause + 1}"
            case (str(loop), *rest) if loop in CLAIM_PROVIDERS:
                told = of_provider(CLAIM_PROVIDERS[loop], named(rest))
            case _:
                told = CLAIM.get(named(location), "")
        return f"{self.place} {told}".rstrip()

    def _of_line(self, line: int, rest: Location) -> str:
        match rest:
            case ("diagnosis_pointers", int(pointer)):
                return f"SV107-{pointer + 1}"
            case ("modifiers", int(modifier)):
                return f"SV101-{self._modifier(line, modifier)}"
            case ("adjudications", int(number), *_):
                return f"2430[{number + 1}]"
            case (str(loop), *below) if loop in LINE_PROVIDERS:
                return of_provider(LINE_PROVIDERS[loop], named(below))
            case _:
                return LINE.get(named(rest), "")

    def _diagnosis(self, number: int) -> str:
        """The element of the ``number``-th diagnosis (from 0); HI is repeated when it is full, or by mistake."""
        seen = 0
        for at, segment in enumerate(s for s in self.claim.segments if s.startswith(f"HI{ELEMENT}")):
            count = segment.count(ELEMENT)
            if number < seen + count:
                return f"HI{f'[{at + 1}]' if at else ''}{number - seen + 1:02}-2"
            seen += count
        return "HI"

    def _modifier(self, line: int, number: int) -> int:
        """The component of the ``number``-th modifier (from 0): empty ones are not counted."""
        return self._component(f"SV1{ELEMENT}", 1, line, number)

    def _component(self, service: str, element: int, line: int, number: int) -> int:
        services = [segment for segment in self.claim.segments if segment.startswith(service)]
        parts = services[line].split(ELEMENT)[element].split(COMPONENT)[2:6] if line < len(services) else []
        filled = [at for at, part in enumerate(parts, 3) if part]
        return filled[number] if number < len(filled) else number + 3


def named(location: Location | list[str | int]) -> str:
    """A field in the notation of the tables: ``address.zip``."""
    return ".".join(str(step) for step in location if isinstance(step, str))


def joined(loop: str, told: str) -> str:
    """A place in a loop; the loop alone where nothing more is told."""
    return f"{loop} {told}".rstrip()


def of_provider(loop: str, field: str) -> str:
    """The place of a provider, or of a field of one."""
    if loop == "2010AA" and field == "taxonomy":
        return "2000A PRV03"
    return joined(loop, PROVIDER.get(field, ""))


PROVIDER = {
    "npi": "NM109",
    "name": "NM103",
    "taxonomy": "PRV03",
    "tax_id": "REF02",
    "address": "N4",
    "address.state": "N402",
    "address.zip": "N403",
}
PATIENT = {"birth_date": "DMG02", "sex": "DMG03"}
CLAIM_PROVIDERS = {
    "billing_provider": "2010AA",
    "referring_provider": "2310A",
    "rendering_provider": "2310B",
    "service_facility": "2310C",
    "supervising_provider": "2310D",
}
LINE_PROVIDERS = {
    "rendering_provider": "2420A",
    "service_facility": "2420C",
    "supervising_provider": "2420D",
    "ordering_provider": "2420E",
    "referring_provider": "2420F",
}
OTHER_PAYER = {
    "payer": "2330B",
    "payer.id": "2330B NM109",
    "payer.name": "2330B NM103",
    "payer.claim_filing_indicator": "SBR09",
    "payer.responsibility": "SBR01",
    "payer.insurance_type": "SBR05",
    "subscriber": "2330A",
    "subscriber.id": "2330A NM109",
    "subscriber.relationship": "SBR02",
    "paid": "AMT*D AMT02",
    "non_covered": "AMT*A8 AMT02",
    "patient_liability": "AMT*EAF AMT02",
    "adjudicated": "2330B DTP*573 DTP03",
    "adjustments": "CAS",
}
CLAIM = {
    "claim_id": "CLM01",
    "total_charge": "CLM02",
    "place_of_service": "CLM05-1",
    "frequency_code": "CLM05-3",
    "accept_assignment": "CLM07",
    "related_causes": "CLM11",
    "accident_state": "CLM11-4",
    "delay_reason": "CLM20",
    "payer": "2010BB",
    "payer.id": "2010BB NM109",
    "payer.name": "2010BB NM103",
    "payer.claim_filing_indicator": "2000B SBR09",
    "payer.responsibility": "2000B SBR01",
    "payer.insurance_type": "2000B SBR05",
    "subscriber": "2010BA",
    "subscriber.id": "2010BA NM109",
    "subscriber.relationship": "2000B SBR02",
    "pay_to_address": "2010AB N4",
    "pay_to_address.state": "2010AB N402",
    "pay_to_address.zip": "2010AB N403",
    "dates.initial_treatment": "DTP*454 DTP03",
    "dates.last_x_ray": "DTP*455 DTP03",
    "dates.onset": "DTP*431 DTP03",
    "dates.accident": "DTP*439 DTP03",
    "dates.acute_manifestation": "DTP*453 DTP03",
    "dates.last_seen": "DTP*304 DTP03",
    "dates.last_menstrual_period": "DTP*484 DTP03",
    "dates.prescription": "DTP*471 DTP03",
    "dates.first_contact": "DTP*444 DTP03",
    "dates.disability_from": "DTP*314 DTP03",
    "dates.disability_to": "DTP*314 DTP03",
    "dates.last_worked": "DTP*297 DTP03",
    "dates.return_to_work": "DTP*296 DTP03",
    "dates.admission": "DTP*435 DTP03",
    "dates.discharge": "DTP*096 DTP03",
    "dates.assumed_care": "DTP*090 DTP03",
    "dates.relinquished_care": "DTP*091 DTP03",
    "patient_paid": "AMT*F5 AMT02",
    "service_authorization_exception": "REF*4N REF02",
    "mammography_certification": "REF*EW REF02",
    "referral_number": "REF*9F REF02",
    "prior_authorization": "REF*G1 REF02",
    "original_reference": "REF*F8 REF02",
    "clia_number": "REF*X4 REF02",
    "investigational_device_exemption": "REF*LX REF02",
    "clearinghouse_trace": "REF*D9 REF02",
    "demonstration_project": "REF*P4 REF02",
    "note": "NTE02",
    "patient_condition": "CR208",
    "diagnoses": "HI",
    "other_payers": "2320",
    "lines": "2400",
}
LINE = {
    "procedure": "SV101-2",
    "modifiers": "SV101-3",
    "description": "SV101-7",
    "charge": "SV102",
    "unit_basis": "SV103",
    "units": "SV104",
    "place_of_service": "SV105",
    "diagnosis_pointers": "SV107",
    "service_date": "DTP*472 DTP03",
    "service_date_to": "DTP*472 DTP03",
    "dates.initial_treatment": "DTP*454 DTP03",
    "dates.last_x_ray": "DTP*455 DTP03",
    "dates.last_seen": "DTP*304 DTP03",
    "dates.prescription": "DTP*471 DTP03",
    "control_number": "REF*6R REF02",
    "prior_authorization": "REF*G1 REF02",
    "referral_number": "REF*9F REF02",
    "clia_number": "REF*X4 REF02",
    "mammography_certification": "REF*EW REF02",
    "note": "NTE02",
    "ndc": "2410 LIN03",
    "ndc_quantity": "2410 CTP04",
    "ndc_unit": "2410 CTP05-1",
    "adjudications": "2430",
}
