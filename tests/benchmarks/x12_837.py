"""An 837P file of made-up claims, as large as wanted."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

PROCEDURES = ("98940", "98941", "99213", "99214", "97140", "97110", "72040", "20552", "62323")
DIAGNOSES = (
    "M9901", "M9903", "M542", "M5412", "M47812", "M5031", "M4802", "M5450", "M7918", "S134XXA", "M5381",
)  # fmt: skip
LAST = ("SMITH", "JOHNSON", "LEE", "GARCIA", "MILLER", "LISA", "NGUYEN", "PATEL", "O'BRIEN", "WASHINGTON")
FIRST = ("MARY", "JAMES", "ANA", "WEI", "JOHN", "PATRICIA", "ISAAC", "NOAH")
CITIES = (("DES MOINES", "IA", "50309"), ("LOUISVILLE", "KY", "40202"), ("ATLANTA", "GA", "30303"))
CLAIMS_A_TRANSACTION = 5_000
CLAIMS_A_PROVIDER = 200


def claim_file(claims: int, seed: int = 1) -> Iterator[bytes]:
    """An interchange of ``claims`` professional claims, one to four lines each, piece by piece."""
    random = Random(seed)
    yield (
        b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260302*0805*^*00501*000000001*0*P*:~\n"
        b"GS*HC*SENDER*RECEIVER*20260302*0805*1*X*005010X222A1~\n"
    )
    transactions = 0
    for first in range(0, claims, CLAIMS_A_TRANSACTION):
        transactions += 1
        yield _transaction(random, transactions, first, min(first + CLAIMS_A_TRANSACTION, claims))
    yield f"GE*{transactions}*1~\nIEA*1*000000001~\n".encode()


def _transaction(random: Random, number: int, first: int, last: int) -> bytes:
    segments = [
        f"ST*837*{number:04}*005010X222A1",
        f"BHT*0019*00*{number}*20260302*0805*CH",
        "NM1*41*2*BILLING SERVICE*****46*SENDER",
        "PER*IC*HELP DESK*TE*5155550100",
        "NM1*40*2*CLEARINGHOUSE*****46*RECEIVER",
    ]
    level = billing = 0
    fees: dict[str, int] = {}
    for claim in range(first, last):
        if (claim - first) % CLAIMS_A_PROVIDER == 0:
            level += 1
            billing = level
            segments += _billing(random, level)
            fees = {procedure: random.randrange(2_000, 40_000, 25) for procedure in PROCEDURES}
        level += 1
        segments += _subscriber(random, level, billing)
        segments += _claim(random, claim, fees)
    segments.append(f"SE*{len(segments) + 1}*{number:04}")
    return "".join(f"{segment}~\n" for segment in segments).encode()


def _npi(random: Random) -> str:
    return str(random.randrange(1_000_000_000, 2_000_000_000))


def _billing(random: Random, level: int) -> list[str]:
    city, state, zip_code = random.choice(CITIES)
    return [
        f"HL*{level}**20*1",
        "PRV*BI*PXC*111N00000X",
        f"NM1*85*2*SPINE CLINIC {level}*****XX*{_npi(random)}",
        f"N3*{random.randrange(1, 9999)} MAIN STREET",
        f"N4*{city}*{state}*{zip_code}1234",
        f"REF*EI*42{random.randrange(1_000_000, 9_999_999)}",
    ]


def _subscriber(random: Random, level: int, billing: int) -> list[str]:
    city, state, zip_code = random.choice(CITIES)
    birth = date(1930, 1, 1) + timedelta(days=random.randrange(25_000))
    return [
        f"HL*{level}*{billing}*22*0",
        "SBR*P*18*******MB",
        f"NM1*IL*1*{random.choice(LAST)}*{random.choice(FIRST)}****MI*1EG4TE5MK{random.randrange(10, 99)}",
        f"N3*{random.randrange(1, 9999)} OAK AVENUE",
        f"N4*{city}*{state}*{zip_code}",
        f"DMG*D8*{birth:%Y%m%d}*{random.choice('FM')}",
        "NM1*PR*2*MEDICARE PART B*****PI*05102",
    ]


def _claim(random: Random, number: int, fees: dict[str, int]) -> list[str]:
    count = random.choice((1, 1, 1, 2, 2, 3, 4))
    day = date(2025, 12, 1) + timedelta(days=random.randrange(80))
    procedures = random.sample(PROCEDURES, count)
    total = sum(fees[procedure] for procedure in procedures)
    codes = random.sample(DIAGNOSES, random.randint(1, 4))
    pointers = ":".join(str(number) for number in range(1, len(codes) + 1))
    diagnoses = "*".join(f"{'ABF' if at else 'ABK'}:{code}" for at, code in enumerate(codes))
    segments = [f"CLM*B{number}*{total / 100:.2f}***11:B:1*Y*A*Y*Y"]
    if random.random() < 0.5:
        segments.append(f"DTP*454*D8*{day - timedelta(days=12):%Y%m%d}")
    segments.append(f"HI*{diagnoses}")
    if random.random() < 0.7:
        rendering = random.randrange(len(LAST) * len(FIRST))
        last, first = LAST[rendering % len(LAST)], FIRST[rendering % len(FIRST)]
        segments.append(f"NM1*82*1*{last}*{first}****XX*{1_234_567_800 + rendering}")
        segments.append("PRV*PE*PXC*111N00000X")
    for line, procedure in enumerate(procedures, 1):
        modifier = random.choice((":AT", "", ":25", ":59:GP"))
        segments += [
            f"LX*{line}",
            f"SV1*HC:{procedure}{modifier}*{fees[procedure] / 100:.2f}*UN*1***{pointers}",
            f"DTP*472*D8*{day:%Y%m%d}",
        ]
        if random.random() < 0.5:
            segments.append(f"REF*6R*{number}L{line}")
    return segments
