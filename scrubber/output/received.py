"""What was received and is acknowledged: a stream of these, in the order of the file.

An interchange, in it groups, in them transactions; of a transaction its faults and claims; an End for each of the
three. A claim comes after the faults that are its own.
"""

from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct

from scrubber.engine import Result

Of: TypeAlias = Literal["interchange", "group", "transaction", "segment", "element"]
"""Whose code list a code is from: TA105, AK905, IK502, IK304, IK403."""
Belongs: TypeAlias = Literal["claim", "level", "transaction"]
"""What is lost by a fault: a claim, the claims below a level of the hierarchy, or the transaction."""


class Separators(Struct, frozen=True):
    """What an interchange is written with: one character each."""

    element: str = "*"
    component: str = ":"
    terminator: str = "~"
    repetition: str = "^"


class Party(Struct, frozen=True, kw_only=True):
    """Someone named in an NM1 segment; ``name`` is that of an organization or the last name of a person."""

    name: str = ""
    person: bool = False
    first: str = ""
    middle: str = ""
    qualifier: str = ""
    id: str = ""


class Interchange(Struct, frozen=True, kw_only=True):
    """``sender`` and ``receiver`` are qualifier and id; ``usage`` is ISA15.

    ``day`` and ``time`` are ISA09 and ISA10; ``acknowledgment_requested`` says whether ISA14 asks for a TA1.
    """

    sender: tuple[str, str]
    receiver: tuple[str, str]
    usage: str
    control_number: str = ""
    day: str = ""
    time: str = ""
    acknowledgment_requested: bool = False
    separators: Separators = Separators()


class Group(Struct, frozen=True, kw_only=True):
    """``kind`` is GS01, ``version`` GS08."""

    control_number: str
    kind: str
    sender: str
    receiver: str
    version: str


class Transaction(Struct, frozen=True, kw_only=True):
    """``kind`` is ST01, ``guide`` the implementation guide."""

    control_number: str
    kind: str
    guide: str


class Fault(Struct, frozen=True, kw_only=True):
    """A fault of the structure. ``claim_id`` is the sender's own id of the claim, where it belongs to one.

    ``place`` says for a person where it is.
    """

    of: Of
    code: str
    belongs: Belongs = "transaction"
    segment: str = ""
    position: int = 1
    loop: str = ""
    element: int | None = None
    component: int | None = None
    claim_id: str = ""
    place: str = ""

    @property
    def loses(self) -> bool:
        """Whether anything is lost by it; not by empty elements at the end, or by one the guide does not use."""
        return (self.of, self.code) not in {("segment", "8"), ("element", "I10")}


class Claim(Struct, frozen=True, kw_only=True):
    """A claim as it is told back to who sent it. ``result`` is None if it could not be read.

    ``faulty`` says that it has faults by which something is lost, its own or of a level above it.
    """

    claim_id: str
    charge: Decimal | None
    first_day: date | None
    last_day: date | None
    submitter: Party
    submission: str
    payer: Party
    billing: Party
    patient: Party
    trace: str = ""
    faulty: bool = False
    result: Result | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it can be processed further, as far as its structure is concerned."""
        return not self.faulty


class End(Struct, frozen=True):
    """The end of a transaction, group or interchange; ``counted`` is what its trailer counts."""

    of: Literal["transaction", "group", "interchange"]
    counted: int | None = None


Event: TypeAlias = Interchange | Group | Transaction | Fault | Claim | End


class Verdict:
    """What becomes of a transaction, by its faults and claims.

    Rejected (R): a fault of its envelope or header, or there are faults and no claim is free of them. Accepted with
    errors (E): there are faults, and a claim that goes on. Accepted (A): no fault. So a faulty claim does not take
    its neighbours with it; the 277CA names it.
    """

    def __init__(self) -> None:
        self.any_fault = False
        self.lost = False
        self.claims = 0
        self.going_on = 0

    def take(self, event: Fault | Claim) -> None:
        """Count a fault or a claim."""
        if isinstance(event, Claim):
            self.claims += 1
            self.going_on += event.goes_on
        else:
            self.any_fault = True
            self.lost = self.lost or (event.loses and event.belongs == "transaction")

    @property
    def code(self) -> Literal["A", "E", "R"]:
        """IK501."""
        if not self.any_fault:
            return "A"
        return "R" if self.lost or not self.going_on else "E"
