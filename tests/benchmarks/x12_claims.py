"""The made-up claims of the engine's benchmark as an 837P file: what a practice sends, about one in seven not clean."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from scrubber.claim import Claim, ServiceLine
from tests.benchmarks.claims import claims

AT_A_TIME = 2000
"""Claims of a transaction."""


def clinic_file(count: int) -> Iterator[bytes]:
    """An interchange of ``count`` claims, each of another patient, piece by piece."""
    yield (
        b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260302*0805*^*00501*000000001*0*P*:~\n"
        b"GS*HC*SENDER*RECEIVER*20260302*0805*1*X*005010X222A1~\n"
    )
    sample = claims(min(count, 20_000))
    transactions = 0
    for first in range(0, count, AT_A_TIME):
        transactions += 1
        numbers = range(first, min(first + AT_A_TIME, count))
        yield _transaction(transactions, [(number, sample[number % len(sample)]) for number in numbers])
    yield f"GE*{transactions}*1~\nIEA*1*000000001~\n".encode()


def _transaction(number: int, numbered: list[tuple[int, Claim]]) -> bytes:
    segments = [
        f"ST*837*{number:04}*005010X222A1",
        f"BHT*0019*00*{number}*20260302*0805*CH",
        "NM1*41*2*BILLING SERVICE*****46*SENDER",
        "PER*IC*HELP DESK*TE*5155550100",
        "NM1*40*2*CLEARINGHOUSE*****46*RECEIVER",
    ]
    level = 0
    for _, theirs in groupby(sorted(numbered, key=_biller), key=_biller):
        level += 1
        above, begun = level, False
        for at, claim in theirs:
            segments += [] if begun else _provider(above, claim)
            begun, level = True, level + 1
            segments += _patient(level, above, at, claim)
            segments += _claim(at, claim)
    segments.append(f"SE*{len(segments) + 1}*{number:04}")
    return "".join(f"{segment}~\n" for segment in segments).encode()


def _biller(numbered: tuple[int, Claim]) -> str:
    return str(numbered[1].billing_provider)


def _provider(level: int, claim: Claim) -> list[str]:
    provider = claim.billing_provider
    assert provider.address
    return [
        f"HL*{level}**20*1",
        f"PRV*BI*PXC*{provider.taxonomy}",
        f"NM1*85*2*SPINE CLINIC*****XX*{provider.npi}",
        "N3*1 MAIN STREET",
        f"N4*CITY*{provider.address.state}*{provider.address.zip}",
        "REF*EI*421234567",
    ]


def _patient(level: int, above: int, at: int, claim: Claim) -> list[str]:
    assert claim.subscriber.id
    birth = date(1930, 1, 1) + timedelta(days=at % 25_000)
    return [
        f"HL*{level}*{above}*22*0",
        f"SBR*P*18*******{claim.payer.claim_filing_indicator}",
        f"NM1*IL*1*DOE*ANN****MI*{claim.subscriber.id[:-2]}{at // 25_000 % 100:02}",
        "N3*1 OAK AVENUE",
        "N4*CITY*IA*50309",
        f"DMG*D8*{birth:%Y%m%d}*{claim.patient.sex}",
        f"NM1*PR*2*PAYER*****PI*{claim.payer.id}",
    ]


def _claim(at: int, claim: Claim) -> list[str]:
    diagnoses = "*".join(f"{'ABF' if index else 'ABK'}:{code}" for index, code in enumerate(claim.diagnoses))
    segments = [f"CLM*B{at}*{claim.total_charge}***11:B:1*Y*A*Y*Y"]
    if claim.dates.initial_treatment:
        segments.append(f"DTP*454*D8*{claim.dates.initial_treatment:%Y%m%d}")
    segments.append(f"HI*{diagnoses}")
    if claim.referring_provider:
        segments.append(f"NM1*DN*1*ROE*JO****XX*{claim.referring_provider.npi}")
    if claim.rendering_provider:
        segments.append(f"NM1*82*1*POE*AL****XX*{claim.rendering_provider.npi}")
        segments.append(f"PRV*PE*PXC*{claim.rendering_provider.taxonomy}")
    for number, line in enumerate(claim.lines, 1):
        segments += _line(number, line)
    return segments


def _line(number: int, line: ServiceLine) -> list[str]:
    procedure = ":".join(["HC", line.procedure, *line.modifiers])
    pointers = ":".join(map(str, line.diagnosis_pointers))
    return [
        f"LX*{number}",
        f"SV1*{procedure}*{line.charge}*UN*{line.units}***{pointers}",
        f"DTP*472*D8*{line.service_date:%Y%m%d}",
    ]
