"""A file of X12 interchanges → claims, each transaction read by the one who knows its implementation guide."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeAlias

from scrubber.intake.checked import shown
from scrubber.intake.record import Received, Unreadable
from scrubber.intake.x12.envelope import Damage, End, Event, Part, Transaction, read_events
from scrubber.intake.x12.faults import Fault
from scrubber.intake.x12.institutional import read_institutional
from scrubber.intake.x12.professional import read_professional
from scrubber.intake.x12.reading import OLD_VERSION, another_kind, not_framed, refused
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
    ("004010", OLD_VERSION),
)


def read_837(
    file: BinaryIO, name: str, report: Callable[[Fault], None] | None = None, *, elements: bool = True
) -> Iterator[Received | Unreadable]:
    """The claims of an X12 file in its order. ``name`` is how the file is called in messages.

    ``report`` is told every structural fault as it is found, those of ``elements`` if they are wanted; without it only
    what keeps a claim from being read is looked for, which is faster. Transactions that are no medical claims are
    Unreadable as a whole. Raises FileNotUnderstood if the file does not begin with an interchange.
    """
    return claims_of(read_events(file), name, report, elements=elements and report is not None)


def claims_of(
    events: Iterator[Event],
    name: str,
    report: Callable[[Fault], None] | None = None,
    *,
    elements: bool = False,
) -> Iterator[Received | Unreadable]:
    """The claims among the events of an X12 file, as ``read_837`` gives them."""
    try:
        for event in _transactions(events, name, elements):
            if type(event) is Received or type(event) is Unreadable:
                yield event
            elif type(event) is Damage:
                yield _lost(name, event)
            elif report and type(event) is Fault:
                report(event)
    except NotFramed:
        raise not_framed(name) from None


def read_x12(file: BinaryIO, name: str, elements: bool = True) -> Reading:
    """Everything in an X12 file in its order: envelopes, claims, what is unreadable, structural faults.

    What an acknowledgment is made from. Raises NotFramed if the file does not begin with an interchange.
    """
    for event in _transactions(read_events(file), name, elements):
        yield _lost(name, event) if type(event) is Damage else event


def _transactions(events: Iterator[Event], name: str, elements: bool) -> Reading:
    for event in events:
        if isinstance(event, Transaction):
            yield event
            yield from READERS.get(event.guide, _refused)(name, event, events, elements)
        elif not isinstance(event, Part):
            yield event


def _lost(name: str, damage: Damage) -> Unreadable:
    return Unreadable(
        place=f"{name} {damage.place}".rstrip(), message=damage.message, claim_id=shown(damage.claim_id)
    )


def _refused(name: str, transaction: Transaction, events: Iterator[Event], elements: bool) -> Reading:  # noqa: ARG001
    """A transaction nobody here reads: named, skipped."""
    yield from refused(name, transaction, "837", _why_refused(transaction))
    for event in events:
        if not isinstance(event, Part):
            yield event
        if isinstance(event, End):
            return


def _why_refused(transaction: Transaction) -> str:
    if transaction.kind != "837":
        return another_kind(transaction.kind, "a claim file")
    known = (told for begins, told in OTHER_GUIDES if transaction.guide.startswith(begins))
    return next(known, "It names no implementation guide that is read here")
