"""Where in an 837I something of a claim stands: as in ``places``, in the loops and segments of that guide."""

from scrubber.claim import Location
from scrubber.intake.x12.institutional_loops import KINDS
from scrubber.intake.x12.places import LINE, Origin, joined, named, of_provider
from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT


class InstitutionalOrigin(Origin, eq=False):
    """The segments an institutional claim was read from."""

    def __call__(self, location: Location) -> str:
        """The place of a location; of what the file does not have, where it would stand."""
        match location:
            case ("institutional", str(field), int(number), *_) if field in CODES:
                told = self._code(CODES[field], number)
            case ("institutional", str(loop), *rest) if loop in CLAIM_PROVIDERS:
                told = of_provider(CLAIM_PROVIDERS[loop], named(rest))
            case ("institutional", str(field), *_):
                told = self._code(CODES[field], 0) if field in CODES else FACTS.get(field, "")
            case (str(loop), *rest) if loop in CLAIM_PROVIDERS:
                told = of_provider(CLAIM_PROVIDERS[loop], named(rest))
            case _:
                return super().__call__(location)
        return joined(self.place, told)

    def _of_line(self, line: int, rest: Location) -> str:
        match rest:
            case ("modifiers", int(modifier)):
                return f"SV202-{self._modifier(line, modifier)}"
            case (str(loop), *below) if loop in LINE_PROVIDERS:
                return of_provider(LINE_PROVIDERS[loop], named(below))
            case _:
                return LINE_OF_INSTITUTIONAL.get(named(rest)) or LINE.get(named(rest), "")

    def _diagnosis(self, number: int) -> str:
        return self._code(CODES["diagnoses"], number)

    def _code(self, kinds: tuple[str, ...], number: int) -> str:
        """The element of the ``number``-th code (from 0) of these kinds, those of the first kind counted first."""
        places: dict[str, list[str]] = {kind: [] for kind in kinds}
        his = [segment for segment in self.claim.segments if segment.startswith(f"HI{ELEMENT}")]
        for at, segment in enumerate(his):
            for element, composite in enumerate(segment.split(ELEMENT)[1:], 1):
                kind, _, rest = composite.partition(COMPONENT)
                field = KINDS.get(kind, ("", None))[0]
                if field in places and rest.partition(COMPONENT)[0]:
                    places[field].append(f"HI{f'[{at + 1}]' if at else ''}{element:02}-2")
        told = [place for kind in kinds for place in places[kind]]
        return told[number] if number < len(told) else "HI"

    def _modifier(self, line: int, number: int) -> int:
        return self._component(f"SV2{ELEMENT}", 2, line, number)


CODES = {
    "diagnoses": ("principal", "others"),
    "present_on_admission": ("principal", "others"),
    "admitting_diagnosis": ("admitting",),
    "visit_reasons": ("visit_reasons",),
    "external_causes": ("external_causes",),
    "drg": ("drgs",),
    "procedures": ("principal_procedure", "other_procedures"),
    "occurrences": ("occurrences",),
    "values": ("values",),
    "conditions": ("conditions",),
}
FACTS = {
    "facility_code": "CLM05-1",
    "statement_from": "DTP*434 DTP03",
    "statement_to": "DTP*434 DTP03",
    "admission_type": "CL101",
    "admission_source": "CL102",
    "patient_status": "CL103",
}
CLAIM_PROVIDERS = {
    "attending_provider": "2310A",
    "operating_provider": "2310B",
    "other_operating_provider": "2310C",
    "rendering_provider": "2310D",
    "service_facility": "2310E",
    "referring_provider": "2310F",
}
LINE_PROVIDERS = {"rendering_provider": "2420C", "referring_provider": "2420D"}
LINE_OF_INSTITUTIONAL = {
    "revenue_code": "SV201",
    "procedure": "SV202-2",
    "modifiers": "SV202-3",
    "description": "SV202-7",
    "charge": "SV203",
    "unit_basis": "SV204",
    "units": "SV205",
}
