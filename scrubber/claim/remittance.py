"""What a payer answers with a payment: the 835 as immutable values.

A remittance is one payment (or none, with its reasons); in it claims, each with its services; beside them adjustments
of the provider's account. Dates are calendar dates, money and units exact decimals; amounts are negative where a
payment is taken back. Codes are kept as they came, those of procedures and modifiers in capitals.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from scrubber.claim.location import Location
from scrubber.claim.model import Adjustment, Code, Identifier, Payer, Provider

NOTHING = Decimal(0)

MOST_SERVICES = 999
MOST_ADJUSTMENTS = 594
MOST_CODES = 99
"""Services of a claim, reasons of a claim or a service (99 segments of six), remark codes and policies of each."""

Adjustments = Annotated[tuple[Adjustment, ...], Meta(max_length=MOST_ADJUSTMENTS)]
Codes = Annotated[tuple[Code, ...], Meta(max_length=MOST_CODES)]


class Remittance(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A payment: who pays whom, how much, how and when. What could not be read of it is None.

    ``amount`` is what is paid in all (BPR02), ``method`` ACH, CHK, … or NON (BPR04), ``paid_on`` the day of it (BPR16).
    ``trace_number`` (TRN02) is the number of the check or transfer, ``payer_tax_id`` (TRN03) the payer's tax id after
    a 1, ``produced`` the end of the cycle in which the claims were adjudicated (DTM*405).
    """

    amount: Decimal | None = None
    handling: Code | None = None
    method: Code | None = None
    paid_on: date | None = None
    trace_number: Identifier | None = None
    payer_tax_id: Identifier | None = None
    produced: date | None = None
    payer: Payer = Payer()
    payee: Provider = Provider()


class ServicePayment(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """What was decided on one service (SVC).

    ``procedure`` is what it was adjudicated as, ``procedure_kind`` the list of that code (HC for CPT and HCPCS, NU for
    revenue codes, N4 for drugs), ``billed_procedure`` what was billed if that was another. ``units_billed`` is None if
    as many were billed as paid. ``allowed`` is the amount allowed before deductible and the like (AMT*B6),
    ``control_number`` that of the line on the claim (REF*6R), ``policies`` the coverage policies applied (REF*0K),
    ``rendering_npi`` who gave the service if not the claim's (REF*HPI), ``remark_codes`` RARC (LQ*HE).
    """

    charge: Decimal
    paid: Decimal
    procedure_kind: Code | None = None
    procedure: Identifier | None = None
    modifiers: Codes = ()
    revenue_code: Identifier | None = None
    units_paid: Decimal = Decimal(1)
    billed_procedure: Identifier | None = None
    billed_modifiers: Codes = ()
    units_billed: Decimal | None = None
    service_date: date | None = None
    service_date_to: date | None = None
    adjustments: Adjustments = ()
    allowed: Decimal | None = None
    control_number: Identifier | None = None
    rendering_npi: Identifier | None = None
    policies: Annotated[tuple[Identifier, ...], Meta(max_length=MOST_CODES)] = ()
    remark_codes: Codes = ()


class ClaimPayment(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """What was decided on one claim (CLP).

    ``patient_control_number`` is the biller's id of the claim (CLM01 there), ``payer_control_number`` the payer's.
    ``status`` (CLP02): 1, 2, 3 processed as primary, secondary, tertiary; 19, 20, 21 the same and sent on; 4 denied;
    22 a payment taken back; 23 not our claim, sent on; 25 predetermination. ``remark_codes`` are those of the whole
    claim (MOA, MIA); ``covered`` is AMT*AU, ``interest`` AMT*I. ``corrected_id`` is the member id as the payer has it,
    where that billed was another; ``crossover_payer`` who got the claim next; ``priority_payer`` who should have
    had it first. A claim decided as a whole has no services.
    """

    patient_control_number: Identifier
    status: Code
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal | None = None
    claim_filing_indicator: Code | None = None
    payer_control_number: Identifier | None = None
    place_of_service: Code | None = None
    frequency_code: Code | None = None
    drg: Code | None = None
    adjustments: Adjustments = ()
    remark_codes: Codes = ()
    patient_id: Identifier | None = None
    subscriber_id: Identifier | None = None
    corrected_id: Identifier | None = None
    rendering_npi: Identifier | None = None
    crossover_payer: Payer | None = None
    priority_payer: Payer | None = None
    original_reference: Identifier | None = None
    contract: Identifier | None = None
    service_from: date | None = None
    service_to: date | None = None
    received: date | None = None
    coverage_ended: date | None = None
    covered: Decimal | None = None
    interest: Decimal | None = None
    services: Annotated[tuple[ServicePayment, ...], Meta(max_length=MOST_SERVICES)] = ()


class ProviderAdjustment(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """Money of a payment that belongs to no claim in it (PLB). A positive ``amount`` makes the payment smaller.

    ``reason`` is a PLB code (WO an overpayment taken back, L6 interest, FB a balance carried forward, …),
    ``reference`` what it is about, ``fiscal_year_end`` that of the provider.
    """

    provider: Identifier
    reason: Code
    amount: Decimal
    reference: Identifier | None = None
    fiscal_year_end: date | None = None


class Imbalance(Struct, frozen=True, gc=False, kw_only=True):
    """Where a claim's payment does not add up: ``()`` is the claim, ``("services", 1)`` its second service.

    ``stated`` is the amount said to be paid, ``computed`` the charge less the adjustments.
    """

    location: Location
    stated: Decimal
    computed: Decimal


def imbalances(claim: ClaimPayment) -> tuple[Imbalance, ...]:
    """Where the payment of a claim does not add up; nothing where it does.

    A service: charge less its adjustments is what is paid. A claim: charge less its own and its services' adjustments.
    Source: ASC X12N 005010X221A1, 1.10.2.1, Balancing.
    """
    found: list[Imbalance] = []
    adjusted = NOTHING
    for adjustment in claim.adjustments:
        adjusted += adjustment.amount
    for number, service in enumerate(claim.services):
        adjusted_here = NOTHING
        for adjustment in service.adjustments:
            adjusted_here += adjustment.amount
        adjusted += adjusted_here
        computed = service.charge - adjusted_here
        if computed != service.paid:
            found.append(Imbalance(location=("services", number), stated=service.paid, computed=computed))
    computed = claim.charge - adjusted
    if computed != claim.paid:
        found.insert(0, Imbalance(location=(), stated=claim.paid, computed=computed))
    return tuple(found)
