"""Which line of a scrubbed claim each service of a payment is."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scrubber.batch.matching import Match, lines_of, matched
from scrubber.claim import Provider
from scrubber.claim.remittance import ClaimPayment, Remittance, ServicePayment
from scrubber.store.remittances import BilledLine, Candidate

DAY = date(2026, 3, 2)
NPI = "1234567893"


def billed(procedure: str = "98940", *modifiers: str, day: date = DAY) -> BilledLine:
    return BilledLine(procedure, modifiers, day, Decimal(1))


def service(procedure: str | None = "98940", *modifiers: str, **more: Any) -> ServicePayment:
    told = {"service_date": DAY, "procedure_kind": "HC"} | more
    return ServicePayment(
        charge=Decimal(10), paid=Decimal(10), procedure=procedure, modifiers=modifiers, **told
    )


def payment(*services: ServicePayment, **more: Any) -> ClaimPayment:
    told: dict[str, Any] = {"charge": Decimal(10), "status": "1"} | more
    return ClaimPayment(patient_control_number="A", paid=Decimal(10), services=services, **told)


def candidate(*lines: BilledLine, **more: Any) -> Candidate:
    told: dict[str, Any] = {
        "batch": 1,
        "ordinal": 0,
        "as_of": date(2026, 3, 5),
        "charge": 1000,
        "first_day": DAY,
    } | more
    return Candidate(payer="05102", providers=frozenset({NPI}), lines=lines, **told)


OURS = Remittance(payee=Provider(npi=NPI), paid_on=date(2026, 3, 20))

LINES = st.lists(
    st.builds(
        lambda procedure, modifiers: billed(procedure, *modifiers),
        st.sampled_from(["98940", "97110", "97140"]),
        st.lists(st.sampled_from(["GP", "59", "AT"]), max_size=2, unique=True),
    ),
    min_size=1,
    max_size=6,
)


@given(st.data(), LINES)
def test_services_in_any_order_find_lines_like_them(data: st.DataObject, lines: list[BilledLine]) -> None:
    services = [
        service(line.procedure, *reversed(line.modifiers)) for line in data.draw(st.permutations(lines))
    ]
    found, exact = lines_of(payment(*services), lines)
    assert sorted(line or 0 for line in found) == list(range(1, len(lines) + 1))
    assert exact == len(lines)
    for told, number in zip(services, found, strict=True):
        line = lines[(number or 0) - 1]
        assert (told.procedure, sorted(told.modifiers)) == (line.procedure, sorted(line.modifiers))


def test_what_was_billed_counts_and_not_what_it_was_adjudicated_as() -> None:
    changed = service("97530", "GP", billed_procedure="97110", billed_modifiers=("GP", "59"))
    assert lines_of(payment(changed), [billed("97530", "GP"), billed("97110", "59", "GP")]) == ((2,), 1)


def test_a_service_lies_within_its_days_or_those_of_its_claim() -> None:
    lines = [billed(day=date(2026, 3, 1)), billed(day=date(2026, 3, 4))]
    span = service(service_date=date(2026, 3, 3), service_date_to=date(2026, 3, 5))
    assert lines_of(payment(span), lines)[0] == (2,)
    undated = service(service_date=None)
    assert lines_of(payment(undated), lines)[0] == (1,)
    of_claim = payment(undated, service_from=date(2026, 3, 4), service_to=date(2026, 3, 9))
    assert lines_of(of_claim, lines)[0] == (2,)
    assert lines_of(payment(service(service_date=date(2026, 4, 1))), lines)[0] == (None,)


def test_a_revenue_code_is_a_line_without_procedure() -> None:
    assert lines_of(payment(service("0450", procedure_kind="NU")), [billed("99283"), billed("")])[0] == (2,)


def test_a_claim_decided_as_a_whole_has_the_charge_or_the_day() -> None:
    one = candidate(billed())
    assert matched(payment(), OURS, [one]).match is Match.MATCHED
    assert matched(payment(charge=Decimal(-10)), OURS, [one]).match is Match.MATCHED
    assert matched(payment(charge=Decimal(99), service_from=DAY), OURS, [one]).match is Match.MATCHED
    assert matched(payment(charge=Decimal(99)), OURS, [one]).match is Match.UNMATCHED


def test_any_provider_of_the_payment_may_be_one_of_the_claim() -> None:
    one = [candidate(billed())]
    other = Remittance(payee=Provider(npi="1679576722"))
    assert matched(payment(service()), other, one).match is Match.UNMATCHED
    assert matched(payment(service(rendering_npi=NPI)), other, one).match is Match.MATCHED
    assert matched(payment(service()), Remittance(payee=Provider(tax_id="1")), one).match is Match.MATCHED


def test_charge_and_modifiers_choose_among_several() -> None:
    dear = candidate(billed(), batch=1, charge=2000)
    cheap = candidate(billed(), batch=2)
    assert matched(payment(service(), charge=Decimal(20)), OURS, [dear, cheap]).claim is dear
    plain, with_modifier = candidate(billed()), candidate(billed("98940", "AT"), ordinal=1)
    assert matched(payment(service("98940", "AT")), OURS, [plain, with_modifier]).claim is with_modifier
    assert matched(payment(service("98940", "GP")), OURS, [plain, with_modifier]).match is Match.AMBIGUOUS


def test_of_claims_that_are_alike_it_is_the_last_before_the_payment() -> None:
    alike = [candidate(billed(), batch=number, as_of=date(2026, 3, 5 * number)) for number in (1, 2, 3, 5)]
    assert matched(payment(service()), OURS, alike).claim is alike[2]
    before_all = Remittance(payee=OURS.payee, paid_on=date(2026, 1, 1))
    assert matched(payment(service()), before_all, alike).claim is alike[-1]


def test_nothing_matches_a_claim_whose_lines_are_not_known() -> None:
    assert matched(payment(service()), OURS, [candidate()]).match is Match.UNMATCHED
    assert matched(payment(service()), OURS, []).match is Match.UNMATCHED
