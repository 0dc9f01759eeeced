"""What a claim is: the content of an 837P / CMS-1500 or an 837I / UB-04 as immutable values.

Dates are calendar dates, money and units exact decimals (US dollars; units as billed), ICD-10-CM codes without the
dot, procedures and modifiers in capitals, diagnosis pointers 1-based numbers. Values may still be *wrong* (a pointer
to a diagnosis that is not there, a place of service that does not exist): saying so is the work of the edits. What
is not a claim at all (a text where a date belongs) never becomes one: see ``scrubber.intake``.
"""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from scrubber.claim.codes import dotted, pointer_number, undotted

Text = Annotated[str, Meta(max_length=200)]
Identifier = Annotated[str, Meta(max_length=80)]
Code = Annotated[str, Meta(max_length=20)]
Pointer = Annotated[int, Meta(ge=0, le=99)] | Annotated[str, Meta(pattern=r"^ *([A-La-l]|[0-9]{1,2}) *$")]
"""A diagnosis pointer: a 1-based number or a letter A-L. Kept as a number."""

SpinalLevel = Literal[
    "occipito-atlanto-axial", "cervical", "cervicothoracic", "thoracic",
    "thoracolumbar", "lumbar", "lumbosacral", "sacral",
]  # fmt: skip
Imaging = Literal["x-ray", "flexion-extension-x-ray", "ct", "mri", "none"]
InjuryPhase = Literal["acute", "subsequent", "sequela", "chronic"]
DocumentedFinding = Literal[
    "acute-injury", "cervicocranial-syndrome", "deformity", "disc-disorder", "instability", "radiculopathy",
]  # fmt: skip


class Payer(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """Who is asked to pay. ``claim_filing_indicator`` is SBR09 (``MB`` is Medicare Part B).

    ``responsibility`` is the payer's turn (SBR01: P, S, T), ``insurance_type`` why Medicare is second (SBR05).
    """

    id: Identifier | None = None
    name: Text | None = None
    claim_filing_indicator: Code | None = None
    responsibility: Code | None = None
    insurance_type: Code | None = None


class Subscriber(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """The insured person: member id and the patient's relationship to the insured."""

    id: Identifier | None = None
    relationship: Code | None = None


class Patient(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """The person treated; ``sex`` as on the claim: F, M or U."""

    birth_date: date | None = None
    sex: Code | None = None


class Address(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """The part of an address that decides who adjudicates: USPS state code and ZIP (5 or 9 digits)."""

    state: Code | None = None
    zip: Code | None = None

    def __post_init__(self) -> None:
        _capitals(self, "state", self.state)


class Provider(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A billing, rendering, referring, supervising or facility provider."""

    npi: Identifier | None = None
    taxonomy: Identifier | None = None
    tax_id: Identifier | None = None
    name: Text | None = None
    address: Address | None = None


class ClaimDates(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """Dates of the claim as a whole. ``received`` is the day the payer gets it; else the day of scrubbing.

    ``onset`` is of the current illness or symptom, ``acute_manifestation`` of a chronic condition,
    ``last_seen`` by the supervising physician.
    """

    initial_treatment: date | None = None
    last_x_ray: date | None = None
    onset: date | None = None
    accident: date | None = None
    received: date | None = None
    acute_manifestation: date | None = None
    last_seen: date | None = None
    last_menstrual_period: date | None = None
    prescription: date | None = None
    first_contact: date | None = None
    disability_from: date | None = None
    disability_to: date | None = None
    last_worked: date | None = None
    return_to_work: date | None = None
    admission: date | None = None
    discharge: date | None = None
    assumed_care: date | None = None
    relinquished_care: date | None = None


class LineDates(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """Dates a line has of its own; they count for that line instead of the claim's."""

    initial_treatment: date | None = None
    last_x_ray: date | None = None
    last_seen: date | None = None
    prescription: date | None = None


class Adjustment(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """One reason for which another payer paid less (CAS): group (CO, PR, OA, PI), CARC number, amount.

    The amount may be negative; ``quantity`` is the units it is for, where said.
    """

    group: Code
    reason: Code
    amount: Decimal
    quantity: Decimal | None = None


class OtherPayer(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """Another payer of the same claim, its subscriber, and what it decided if it has adjudicated."""

    payer: Payer
    subscriber: Subscriber = Subscriber()
    paid: Decimal | None = None
    non_covered: Decimal | None = None
    patient_liability: Decimal | None = None
    adjudicated: date | None = None
    adjustments: Annotated[tuple[Adjustment, ...], Meta(max_length=50)] = ()


class LineAdjudication(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """What another payer decided on a line (SVD, CAS); ``payer_id`` is the id of one of the other payers."""

    payer_id: Identifier
    paid: Decimal
    procedure: Code | None = None
    modifiers: Annotated[tuple[Code, ...], Meta(max_length=12)] = ()
    units: Decimal | None = None
    adjudicated: date | None = None
    patient_liability: Decimal | None = None
    adjustments: Annotated[tuple[Adjustment, ...], Meta(max_length=50)] = ()


class Documentation(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """What the record is attested to show. Feeds the guidance edits and nothing else; null is "not said"."""

    spinal_level: SpinalLevel | None = None
    imaging: Imaging | None = None
    conservative_care: bool | None = None
    injury_phase: InjuryPhase | None = None
    findings: Annotated[tuple[DocumentedFinding, ...], Meta(max_length=20)] = ()


class DatedCode(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A code with its date, or the first and last day of a span: a procedure of a stay, an occurrence."""

    code: Code
    on: date
    until: date | None = None


class ValueCode(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A value code and what it counts: mostly dollars, by its code also days, units or grams."""

    code: Code
    amount: Decimal


class Institutional(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """What a claim of a facility (837I, UB-04) says besides. A claim that has it is an institutional one.

    ``facility_code`` is the first two digits of the type of bill behind its leading zero (CLM05-1: ``11`` hospital
    inpatient); the claim's frequency code is the third. The admission date is that of the claim's dates.
    ``present_on_admission`` goes with the claim's diagnoses, in their order (Y, N, U, W, empty). ``procedures`` are
    ICD-10-PCS codes, the principal one first.
    """

    facility_code: Code | None = None
    statement_from: date | None = None
    statement_to: date | None = None
    admission_type: Code | None = None
    admission_source: Code | None = None
    patient_status: Code | None = None
    admitting_diagnosis: Code | None = None
    visit_reasons: Annotated[tuple[Code, ...], Meta(max_length=99)] = ()
    external_causes: Annotated[tuple[Code, ...], Meta(max_length=99)] = ()
    present_on_admission: Annotated[tuple[Code, ...], Meta(max_length=99)] = ()
    drg: Code | None = None
    procedures: Annotated[tuple[DatedCode, ...], Meta(max_length=99)] = ()
    occurrences: Annotated[tuple[DatedCode, ...], Meta(max_length=99)] = ()
    values: Annotated[tuple[ValueCode, ...], Meta(max_length=99)] = ()
    conditions: Annotated[tuple[Code, ...], Meta(max_length=99)] = ()
    attending_provider: Provider | None = None
    operating_provider: Provider | None = None
    other_operating_provider: Provider | None = None

    def __post_init__(self) -> None:
        if self.admitting_diagnosis:
            force_setattr(self, "admitting_diagnosis", undotted(self.admitting_diagnosis))
        for field in ("visit_reasons", "external_causes"):
            if codes := getattr(self, field):
                force_setattr(self, field, tuple(map(undotted, codes)))


class ServiceLine(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """One billed service. ``charge`` is for the whole line, ``diagnosis_pointers`` in order of relevance.

    A line of an institutional claim has a ``revenue_code``, and an empty ``procedure`` where that alone names the
    service. ``unit_basis`` says what is counted: ``UN`` units, ``MJ`` minutes, ``DA`` days. A provider named on the
    line counts for it instead of the claim's. ``description`` is the text that goes with an unlisted code,
    ``control_number`` the biller's own number of the line, by which answers name it; ``ndc_unit`` is F2, GR, ME, ML
    or UN.
    """

    procedure: Code
    service_date: date
    charge: Decimal
    modifiers: Annotated[tuple[Code, ...], Meta(max_length=12)] = ()
    diagnosis_pointers: Annotated[tuple[Pointer, ...], Meta(max_length=24)] = ()
    service_date_to: date | None = None
    units: Decimal = Decimal(1)
    place_of_service: Code | None = None
    ndc: Identifier | None = None
    unit_basis: Code = "UN"
    description: Text | None = None
    ndc_quantity: Decimal | None = None
    ndc_unit: Code | None = None
    control_number: Identifier | None = None
    prior_authorization: Identifier | None = None
    referral_number: Identifier | None = None
    clia_number: Identifier | None = None
    mammography_certification: Identifier | None = None
    dates: LineDates | None = None
    note: Text | None = None
    rendering_provider: Provider | None = None
    referring_provider: Provider | None = None
    ordering_provider: Provider | None = None
    supervising_provider: Provider | None = None
    service_facility: Provider | None = None
    adjudications: Annotated[tuple[LineAdjudication, ...], Meta(max_length=50)] = ()
    revenue_code: Code | None = None

    def __post_init__(self) -> None:
        _capitals(self, "procedure", self.procedure)
        for modifier in self.modifiers:
            if modifier != modifier.strip().upper():
                force_setattr(self, "modifiers", tuple(m.strip().upper() for m in self.modifiers))
                break
        for pointer in self.diagnosis_pointers:
            if not isinstance(pointer, int):
                force_setattr(self, "diagnosis_pointers", tuple(map(pointer_number, self.diagnosis_pointers)))
                break

    @property
    def pointers(self) -> tuple[int, ...]:
        """The diagnosis pointers as 1-based numbers, first the primary diagnosis of the line."""
        return self.diagnosis_pointers  # type: ignore[return-value]  # __post_init__ made them numbers

    @property
    def service(self) -> str:
        """What the line bills, for a person: the procedure, or the revenue code that stands alone."""
        return self.procedure or (f"revenue code {self.revenue_code}" if self.revenue_code else "the line")


class Claim(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A claim: institutional if it says what only such a claim does. Everything an edit may read is here.

    ``diagnoses`` of an institutional claim are the principal one, then the other ones. ``payer`` is the one this
    claim goes to, ``other_payers`` the rest in their order. ``accept_assignment`` is CLM07 (A, B, C),
    ``patient_condition`` the condition code of a spinal manipulation claim (CR208: A acute, C chronic, …),
    ``delay_reason`` why it is filed late (CLM20), ``clearinghouse_trace`` the number under which the clearinghouse
    wants its answer.
    """

    claim_id: Identifier
    payer: Payer
    lines: Annotated[tuple[ServiceLine, ...], Meta(min_length=1, max_length=999)]
    diagnoses: Annotated[tuple[Code, ...], Meta(max_length=99)] = ()
    subscriber: Subscriber = Subscriber()
    patient: Patient = Patient()
    billing_provider: Provider = Provider()
    rendering_provider: Provider | None = None
    referring_provider: Provider | None = None
    service_facility: Provider | None = None
    place_of_service: Code | None = None
    frequency_code: Code = "1"
    original_reference: Identifier | None = None
    prior_authorization: Identifier | None = None
    dates: ClaimDates = ClaimDates()
    related_causes: Annotated[tuple[Code, ...], Meta(max_length=3)] = ()
    total_charge: Decimal | None = None
    documentation: Documentation = Documentation()
    supervising_provider: Provider | None = None
    pay_to_address: Address | None = None
    other_payers: Annotated[tuple[OtherPayer, ...], Meta(max_length=20)] = ()
    accept_assignment: Code | None = None
    accident_state: Code | None = None
    delay_reason: Code | None = None
    patient_condition: Code | None = None
    patient_paid: Decimal | None = None
    referral_number: Identifier | None = None
    clia_number: Identifier | None = None
    mammography_certification: Identifier | None = None
    investigational_device_exemption: Identifier | None = None
    service_authorization_exception: Identifier | None = None
    demonstration_project: Identifier | None = None
    clearinghouse_trace: Identifier | None = None
    note: Text | None = None
    institutional: Institutional | None = None

    def __post_init__(self) -> None:
        for code in self.diagnoses:
            if not (code.isalnum() and (code.isupper() or code.isdigit())):
                force_setattr(self, "diagnoses", tuple(map(undotted, self.diagnoses)))
                break


def pointed_diagnoses(claim: Claim, line: ServiceLine) -> tuple[str, ...]:
    """The diagnoses a line points to, in pointer order, each once; a pointer to nothing is left out.

    A line of an institutional claim has no pointers: all diagnoses of the claim are its own.
    """
    if claim.institutional is not None and not line.diagnosis_pointers:
        return tuple(dict.fromkeys(claim.diagnoses))
    return _pointed(claim.diagnoses, line.diagnosis_pointers)


@lru_cache(16_384)
def _pointed(diagnoses: tuple[str, ...], pointers: tuple[int, ...]) -> tuple[str, ...]:
    """Asked of every line by several edits: kept."""
    count = len(diagnoses)
    return tuple(dict.fromkeys([diagnoses[pointer - 1] for pointer in pointers if 0 < pointer <= count]))


def initial_treatment(claim: Claim, line: ServiceLine) -> date | None:
    """When the treatment of a line began: the line's own date, else the claim's."""
    return (line.dates.initial_treatment if line.dates else None) or claim.dates.initial_treatment


def rendering_taxonomy(claim: Claim, line: ServiceLine) -> str | None:
    """The specialty of who gave a service: the line's rendering provider, the claim's, else the billing provider."""
    for provider in (line.rendering_provider, claim.rendering_provider):
        if provider is not None and provider.taxonomy:
            return provider.taxonomy
    return claim.billing_provider.taxonomy


def billed_for(claim: Claim, number: int | None) -> tuple[str, str | None]:
    """Procedure and first diagnosis (dotted) of a line, counted from 1; of the first line where none is told."""
    line = claim.lines[(number or 1) - 1]
    pointed = pointed_diagnoses(claim, line) or claim.diagnoses
    return line.procedure, dotted(pointed[0]) if pointed else None


def place_of_service(claim: Claim, line: ServiceLine) -> str | None:
    """Where the service was given: the line's place of service, else the claim's."""
    return line.place_of_service or claim.place_of_service


def _capitals(struct: Struct, field: str, code: str | None) -> None:
    if code is not None and code != (clean := code.strip().upper()):
        force_setattr(struct, field, clean)
