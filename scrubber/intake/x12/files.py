"""A file of X12 interchanges → claims, each transaction read by the one who knows its implementation guide."""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeAlias

from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.x12.envelope import End, Event, Part, Transaction, read_events
from scrubber.intake.x12.faults import TRANSACTION, Fault
from scrubber.intake.x12.institutional import read_institutional
from scrubber.intake.x12.professional import read_professional
from scrubber.intake.x12.tokenizer import NotFramed
from scrubber.intake.x12.x222 import GUIDES as PROFESSIONAL
from scrubber.intake.x12.x223 import GUIDES as INSTITUTIONAL

Reading: TypeAlias = Iterator[Event | Received | Unreadable]

Reader: TypeAlias = Callable[[str, Transaction, Iterator[Event], bool], Reading]
"""Takes a transaction's events up to and with its end, gives its claims and faults: as ``read_professional``."""

READERS: dict[str, Reader] = {
    **dict.fromkeys(PROFESSIONAL, read_professional),
    **dict.fromkeys(INSTITUTIONAL, read_institutional),
}
"""By implementation guide."""

OTHER_GUIDES = (
    ("005010X224", "A dental claim file (837D); dental claims are not scrubbed"),
    ("004010", "Written in version 4010; only version 5010 is read"),
)
OTHER_KINDS = {
    "835": "A remittance (835), not a claim file",
    "997": "An acknowledgment (997), not a claim file",
    "999": "An acknowledgment (999), not a claim file",
    "277": "A claim status report (277), not a claim file",
}


def read_837(
    file: BinaryIO, name: str, report: Callable[[Fault], None] | None = None
) -> Iterator[Received | Unreadable]:
    """The claims of an X12 file in its order. ``name`` is how the file is called in messages.

    ``report`` is told every structural fault as it is found, down to the elements; without it only what keeps a claim
    from being read is looked for, which is faster. Transactions that are no medical claims are Unreadable
    as a whole. Raises FileNotUnderstood if the file does not begin with an interchange.
    """
    return claims_of(read_events(file), name, report)


def claims_of(
    events: Iterator[Event], name: str, report: Callable[[Fault], None] | None = None
) -> Iterator[Received | Unreadable]:
    """The claims among the events of an X12 file, as ``read_837`` gives them."""
    try:
        for event in _transactions(events, name, elements=report is not None):
            if type(event) is Received or type(event) is Unreadable:
                yield event
            elif report and type(event) is Fault:
                report(event)
    except NotFramed:
        raise not_framed(name) from None


def not_framed(name: str) -> FileNotUnderstood:
    """The error of a file that does not begin with a whole ISA segment."""
    return FileNotUnderstood(
        f"{name} is not a whole X12 file: its separators can't be told, for it does not begin with an ISA segment"
        " of sixteen elements"
    )


def read_x12(file: BinaryIO, name: str, elements: bool = True) -> Reading:
    """Everything in an X12 file in its order: envelopes, claims, what is unreadable, structural faults.

    What an acknowledgment is made from. Raises NotFramed if the file does not begin with an interchange.
    """
    return _transactions(read_events(file), name, elements)


def _transactions(events: Iterator[Event], name: str, elements: bool) -> Reading:
    for event in events:
        if isinstance(event, Transaction):
            yield event
            yield from READERS.get(event.guide, _refused)(name, event, events, elements)
        elif not isinstance(event, Part):
            yield event


def _refused(name: str, transaction: Transaction, events: Iterator[Event], elements: bool) -> Reading:  # noqa: ARG001
    """A transaction nobody here reads: named, skipped."""
    code = "I6" if transaction.kind == "837" else "1"
    yield Fault(
        codes="IK502",
        code=code,
        message=TRANSACTION[code],
        place=transaction.place,
        interchange=transaction.interchange,
        group=transaction.group,
        transaction=transaction.control_number,
    )
    yield Unreadable(place=f"{name} {transaction.place}", message=_why_refused(transaction))
    for event in events:
        if not isinstance(event, Part):
            yield event
        if isinstance(event, End):
            return


def _why_refused(transaction: Transaction) -> str:
    guide = transaction.guide if re.fullmatch("[0-9A-Z]{1,12}", transaction.guide) else ""
    why = "It names no implementation guide that is read here"
    if transaction.kind != "837":
        why = OTHER_KINDS.get(transaction.kind, "Not a claim file")
    else:
        why = next((told for begins, told in OTHER_GUIDES if guide.startswith(begins)), why)
    return f"{why}: {guide}." if guide else f"{why}."
