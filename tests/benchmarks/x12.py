"""An 837P file of made-up claims, as large as wanted, and what is measured on it.

``python -m tests.benchmarks.x12 1000000`` writes a file of a million claims and measures that.
"""

import gc
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median

from scrubber.intake.record import Received
from scrubber.intake.x12 import Fault, read_837

PROCEDURES = ("98940", "98941", "99213", "99214", "97140", "97110", "72040", "20552", "62323")
DIAGNOSES = (
    "M9901",
    "M9903",
    "M542",
    "M5412",
    "M47812",
    "M5031",
    "M4802",
    "M5450",
    "M7918",
    "S134XXA",
    "M5381",
)
LAST = ("SMITH", "JOHNSON", "LEE", "GARCIA", "MILLER", "LISA", "NGUYEN", "PATEL", "O'BRIEN", "WASHINGTON")
FIRST = ("MARY", "JAMES", "ANA", "WEI", "JOHN", "PATRICIA", "ISAAC", "NOAH")
CITIES = (("DES MOINES", "IA", "50309"), ("LOUISVILLE", "KY", "40202"), ("ATLANTA", "GA", "30303"))
CLAIMS_A_TRANSACTION = 5_000
CLAIMS_A_PROVIDER = 200


def claim_file(claims: int, seed: int = 1) -> Iterator[bytes]:
    """An interchange of ``claims`` professional claims, one to four lines each, piece by piece."""
    random = Random(seed)  # noqa: S311 - reproducible, not secret
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


def write_claim_file(path: Path, claims: int) -> None:
    """Write an 837P file of so many claims."""
    with path.open("wb") as file:
        file.writelines(claim_file(claims))


def measurements(claims: int = 50_000, rounds: int = 5) -> Iterator[tuple[str, str]]:
    """What is measured of the reader and its figure, one after the other.

    The floor is the same file split into segments and these into elements, in the same run: what no reader in Python
    can be faster than. Each round measures all, so that a ratio is of one moment; given is the median.
    """
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "claims.837"
        write_claim_file(path, claims)
        yield "837P file", f"{claims:,} claims, {path.stat().st_size / 1e6:.1f} MB"
        _read(path, None)
        gc.collect()
        gc.freeze()
        floors, plain, checked = [], [], []
        for _ in range(rounds):
            floors.append(_seconds(lambda: _split(path)))
            plain.append(_seconds(lambda: _read(path, None)))
            checked.append(_seconds(lambda: _read(path, _ignored)))
        gc.unfreeze()
        floor = median(floors)
        yield "837P split, the floor", f"{claims / floor:,.0f} claims/s"
        for what, seconds in (("837P → Claim", plain), ("837P → Claim, with faults", checked)):
            ratio = median(one / least for one, least in zip(seconds, floors, strict=True))
            yield what, f"{claims / median(seconds):,.0f} claims/s on one core, {ratio:.1f} × the floor"
        yield "837P → Claim, memory", f"{_memory(path):.1f} MB at most, interpreter and modules included"


def _read(path: Path, report: Callable[[Fault], None] | None) -> int:
    with path.open("rb") as file:
        return sum(1 for record in read_837(file, path.name, report) if type(record) is Received)


def _split(path: Path) -> None:
    with path.open("rb") as file:
        while data := file.read(1024 * 1024):
            for segment in data.split(b"~"):
                segment.split(b"*")


def _ignored(_: Fault) -> None:
    pass


def _seconds(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def _memory(path: Path) -> float:
    """The most memory, in MB, of a process that reads the file and does nothing else."""
    command = [sys.executable, "-m", "tests.benchmarks.x12", str(path)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)  # noqa: S603


def main() -> None:
    """Measure; for a file instead of a number, read it and print the memory that took."""
    (argument,) = sys.argv[1:] or ["50000"]
    if not argument.isdecimal():
        _read(Path(argument), None)
        print(int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) / 1024)
        return
    claims = int(argument)
    for what, figure in measurements(claims, rounds=5 if claims <= 100_000 else 1):
        print(f"{what:<28}{figure}", flush=True)


if __name__ == "__main__":
    main()
