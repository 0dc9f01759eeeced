"""Small X12 files for the tests, put together from segments written as people write them."""

from collections.abc import Sequence
from io import BytesIO

from scrubber.claim import Claim
from scrubber.intake.record import Received, Unreadable
from scrubber.intake.x12 import Fault, read_837

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260302*0805*^*00501*{:09}*0*P*:"
GUIDE = "005010X222A1"

HEADER = ["BHT*0019*00*1*20260302*0805*CH", "NM1*41*2*BILLER*****46*SENDER", "PER*IC*DESK*TE*5155550100"]
HEADER += ["NM1*40*2*HOUSE*****46*RECEIVER"]
BILLING = ["HL*1**20*1", "PRV*BI*PXC*111N00000X", "NM1*85*2*SPINE CLINIC*****XX*1234567893", "N3*1 MAIN ST"]
BILLING += ["N4*DES MOINES*IA*503091234", "REF*EI*421234567"]
SUBSCRIBER = ["HL*2*1*22*0", "SBR*P*18*******MB", "NM1*IL*1*DOE*ANN****MI*1EG4TE5MK73", "DMG*D8*19500402*F"]
SUBSCRIBER += ["NM1*PR*2*MEDICARE*****PI*05102"]
CLAIM = ["CLM*A-1*45***11:B:1*Y*A*Y*Y", "HI*ABK:M9901*ABF:M542"]
LINE = ["LX*1", "SV1*HC:98940:AT*45*UN*1***1:2", "DTP*472*D8*20260302"]


def transaction(*segments: str, number: int = 1, guide: str = GUIDE, kind: str = "837") -> list[str]:
    """The segments with their ST and a right SE around them."""
    return [f"ST*{kind}*{number:04}*{guide}", *segments, f"SE*{len(segments) + 2}*{number:04}"]


def interchange(*transactions: Sequence[str], number: int = 1, guide: str = GUIDE) -> list[str]:
    """Transactions in one group of one interchange."""
    return [
        ISA.format(number),
        f"GS*HC*SENDER*RECEIVER*20260302*0805*1*X*{guide}",
        *(segment for segments in transactions for segment in segments),
        f"GE*{len(transactions)}*1",
        f"IEA*1*{number:09}",
    ]


def professional(*claims: Sequence[str]) -> list[str]:
    """An interchange with the claims, each the segments from CLM on, below one subscriber."""
    below = [segment for claim in claims for segment in claim]
    return interchange(transaction(*HEADER, *BILLING, *SUBSCRIBER, *below))


def write(segments: Sequence[str], terminator: str = "~") -> bytes:
    """The bytes of segments."""
    return "".join(f"{segment}{terminator}" for segment in segments).encode()


def read(data: bytes | Sequence[str]) -> tuple[list[Received | Unreadable], list[Fault]]:
    """Everything read of a file, and its faults."""
    faults: list[Fault] = []
    file = BytesIO(data if isinstance(data, bytes) else write(data))
    return list(read_837(file, "a.837", faults.append)), faults


def claims_in(data: bytes | Sequence[str]) -> list[Claim]:
    """The claims of a file, none of which may be unreadable."""
    got, _ = read(data)
    unreadable = [record for record in got if isinstance(record, Unreadable)]
    assert not unreadable, unreadable
    return [record.claim for record in got if isinstance(record, Received)]


def told(faults: Sequence[Fault]) -> list[str]:
    """Faults in short: code list, code and place."""
    return [f"{fault.codes} {fault.code} {fault.place}" for fault in faults]


def institutional(*claims: Sequence[str], guide: str = "005010X223A2") -> list[str]:
    """An interchange with institutional claims, each the segments from CLM on, below one subscriber."""
    below = [segment for claim in claims for segment in claim]
    subscriber = [segment.replace("*MB", "*MA") for segment in SUBSCRIBER]
    return interchange(transaction(*HEADER, *BILLING, *subscriber, *below, guide=guide), guide=guide)
