"""835 files of made-up payments, claim by claim as a test wants them."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

NPI = "1234567893"


class Service(NamedTuple):
    """A service as it was decided; ``off`` is group, reason and amount of each adjustment."""

    procedure: str
    day: str
    charge: str
    paid: str = "0"
    off: Sequence[tuple[str, str, str]] = ()
    modifiers: Sequence[str] = ()
    remarks: Sequence[str] = ()


class Paid(NamedTuple):
    """A claim as it was decided; ``off`` is of the claim as a whole."""

    claim_id: str
    services: Sequence[Service]
    status: str = "1"
    charge: str | None = None
    paid: str | None = None
    off: Sequence[tuple[str, str, str]] = ()


def paid_line(line: dict[str, Any], off: Sequence[tuple[str, str, str]] = ()) -> Service:
    """A line of a claim (as JSON), paid but for these adjustments."""
    charge = Decimal(line["charge"])
    paid = charge - sum(Decimal(amount) for *_, amount in off)
    return Service(
        line["procedure"], line["service_date"], str(charge), str(paid), off, line.get("modifiers", ())
    )


def remittance(
    claims: Iterable[Paid], *, paid_on: date = date(2026, 3, 20), npi: str = NPI, payer: str = "05102"
) -> bytes:
    """An interchange with one payment of these claims, which adds up."""
    bodies, total = [], Decimal(0)
    for claim in claims:
        amount = Decimal(claim.paid or sum(Decimal(service.paid) for service in claim.services))
        total += amount
        bodies += _claim(claim, amount)
    day = f"{paid_on:%Y%m%d}"
    segments = [
        "ST*835*0001",
        f"BPR*I*{total}*C*ACH*CCP*01*111000025*DA*1234567*1421234567**01*111000012*DA*7654321*{day}",
        "TRN*1*88001*1421234567",
        "N1*PR*MEDICARE PART B",
        "N3*PO BOX 1",
        "N4*DES MOINES*IA*50309",
        f"REF*2U*{payer}",
        "PER*BL*EDI DESK*TE*5155550101",
        f"N1*PE*SPINE CLINIC*XX*{npi}",
        "LX*1",
        *bodies,
    ]
    envelope = (
        f"ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *{paid_on:%y%m%d}*0805*^*00501"
        f"*000000001*0*T*:~\nGS*HP*PAYER*CLINIC*{day}*0805*1*X*005010X221A1~\n"
    )
    segments.append(f"SE*{len(segments) + 1}*0001")
    return (
        envelope + "".join(f"{segment}~\n" for segment in segments) + "GE*1*1~\nIEA*1*000000001~\n"
    ).encode()


def _claim(claim: Paid, amount: Decimal) -> list[str]:
    charge = claim.charge or sum(Decimal(service.charge) for service in claim.services)
    segments = [f"CLP*{claim.claim_id}*{claim.status}*{charge}*{amount}**MB*226000000001*11*1"]
    segments += _adjustments(claim.off)
    segments.append("NM1*QC*1*DOE*ANN****MI*1EG4TE5MK73")
    for service in claim.services:
        code = ":".join(("HC", service.procedure, *service.modifiers))
        segments.append(f"SVC*{code}*{service.charge}*{service.paid}**1")
        segments.append(f"DTM*472*{service.day.replace('-', '')}")
        segments += _adjustments(service.off)
        segments += [f"LQ*HE*{remark}" for remark in service.remarks]
    return segments


def _adjustments(off: Sequence[tuple[str, str, str]]) -> list[str]:
    return [f"CAS*{group}*{reason}*{amount}" for group, reason, amount in off]
