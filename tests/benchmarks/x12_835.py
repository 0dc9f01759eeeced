"""An 835 file of made-up payments, as large as wanted."""

from collections.abc import Iterator
from random import Random

PROCEDURES = ("98940", "98941", "99213", "99214", "97140", "97110", "72040", "20552", "62323")
CLAIMS_A_PAYMENT = 2_000


def remittance_file(claims: int, seed: int = 1) -> Iterator[bytes]:
    """An interchange of ``claims`` paid claims, one to four services each, piece by piece; every payment balances."""
    random = Random(seed)
    yield (
        b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260302*0805*^*00501*000000001*0*P*:~\n"
        b"GS*HP*SENDER*RECEIVER*20260302*0805*1*X*005010X221A1~\n"
    )
    payments = 0
    for first in range(0, claims, CLAIMS_A_PAYMENT):
        payments += 1
        yield _payment(random, payments, first, min(first + CLAIMS_A_PAYMENT, claims))
    yield f"GE*{payments}*1~\nIEA*1*000000001~\n".encode()


def _payment(random: Random, number: int, first: int, last: int) -> bytes:
    fees = {procedure: random.randrange(2_000, 40_000, 25) for procedure in PROCEDURES}
    allowed = {procedure: fee * random.randrange(30, 90) // 100 for procedure, fee in fees.items()}
    decided = [_claim(random, claim, fees, allowed) for claim in range(first, last)]
    total = sum(paid for paid, _ in decided) - 1250
    segments = [
        f"ST*835*{number:04}",
        f"BPR*I*{_money(total)}*C*ACH*CCP*01*111000025*DA*1234567*1421234567**01*111000012*DA*7654321*20260310",
        f"TRN*1*{8000000 + number}*1421234567",
        "DTM*405*20260309",
        "N1*PR*MEDICARE PART B",
        "N3*PO BOX 1",
        "N4*DES MOINES*IA*50309",
        "PER*BL*HELP DESK*TE*5155550100",
        "N1*PE*SPINE CLINIC*XX*1234567893",
        "REF*TJ*421234567",
        "LX*1",
        *(segment for _, claim in decided for segment in claim),
        "PLB*1234567893*20261231*WO:A-77*12.5",
    ]
    segments.append(f"SE*{len(segments) + 1}*{number:04}")
    return "".join(f"{segment}~\n" for segment in segments).encode()


def _claim(
    random: Random, number: int, fees: dict[str, int], schedule: dict[str, int]
) -> tuple[int, list[str]]:
    """What is paid for a claim in cents, and its segments."""
    lines: list[str] = []
    charged = paid = owed = 0
    day = f"202602{random.randrange(1, 29):02}"
    for line in range(1, random.choice((1, 1, 1, 2, 2, 3, 4)) + 1):
        procedure = random.choice(PROCEDURES)
        charge, allowed = fees[procedure], schedule[procedure]
        is_denied = random.random() < 0.15
        patient = 0 if is_denied else allowed // 5
        here = 0 if is_denied else allowed - patient
        modifier = random.choice((":AT", "", ":25", ":59:GP"))
        lines += [
            f"SVC*HC:{procedure}{modifier}*{_money(charge)}*{_money(here)}**1",
            f"DTM*472*{day}",
        ]
        if is_denied:
            lines += [f"CAS*CO*50*{_money(charge)}", f"REF*6R*{number}L{line}", "LQ*HE*N115"]
        else:
            lines += [
                f"CAS*CO*45*{_money(charge - allowed)}",
                f"CAS*PR*2*{_money(patient)}",
                f"REF*6R*{number}L{line}",
                f"AMT*B6*{_money(allowed)}",
            ]
        charged, paid, owed = charged + charge, paid + here, owed + patient
    head = [
        f"CLP*B{number}*1*{_money(charged)}*{_money(paid)}*{_money(owed)}*MB*{900_000_000 + number}*11*1",
        f"NM1*QC*1*DOE*ANN****MI*1EG4TE5MK{random.randrange(10, 99)}",
        "MOA***MA01",
        "DTM*050*20260303",
    ]
    return paid, head + lines


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}".removesuffix(".00")
