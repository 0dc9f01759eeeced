"""Writing X12: segments, the envelope around them, and their counts.

Nothing that was received is written as it came: a separator or a character X12 does not know would break the answer.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from scrubber.output.received import Group, Interchange, Separators

Element: TypeAlias = str | tuple[str, ...]
"""An element, or the components of one."""


class Reply(Struct, frozen=True):
    """What an answer is marked with: the number of its first interchange and group, and when it is written.

    Further interchanges and groups count up from ``control_number``, beginning again at 1 after 999999999.
    """

    control_number: int
    at: datetime


class Answer:
    """An interchange that goes back to the sender of another, while it is written.

    It is written with the separators that were received. Its first segments wait for the first group, so that an
    interchange without any gives nothing.
    """

    def __init__(self, received: Interchange, reply: Reply, number: int) -> None:
        self.received = received
        self.separators = _usable(received.separators)
        self.reply = reply
        self.number = _control_number(reply.control_number + number)
        self.groups = self.transactions = self.segments = 0
        self.group = ""

    def segment(self, *elements: Element) -> bytes:
        """A segment; empty elements at its end are left out."""
        self.segments += 1
        texts = [self._text(element) for element in elements]
        while not texts[-1]:
            texts.pop()
        line = self.separators.element.join(texts) + self.separators.terminator
        return (line if line[-1] in "\r\n" else f"{line}\n").encode("latin-1")

    def begin_group(self, received: Group, kind: str, guide: str, number: int) -> Iterator[bytes]:
        """GS, and ISA before the first."""
        if not self.groups:
            yield self._isa()
        self.groups += 1
        self.transactions = 0
        self.group = str(int(_control_number(self.reply.control_number + number)))
        at = self.reply.at
        sender, receiver = (self.clean(id_, 15) for id_ in (received.receiver, received.sender))
        yield self.segment("GS", kind, sender, receiver, f"{at:%Y%m%d}", f"{at:%H%M}", self.group, "X", guide)

    def begin_transaction(self, kind: str, guide: str) -> bytes:
        """ST."""
        self.transactions += 1
        self.segments = 0
        return self.segment("ST", kind, f"{self.transactions:04}", guide)

    def end_transaction(self) -> bytes:
        """SE."""
        return self.segment("SE", str(self.segments + 1), f"{self.transactions:04}")

    def end_group(self) -> bytes:
        """GE."""
        return self.segment("GE", str(self.transactions), self.group)

    def end(self) -> Iterator[bytes]:
        """IEA, if anything was written."""
        if self.groups:
            yield self.segment("IEA", str(self.groups), self.number)

    def alone(self, *elements: Element) -> Iterator[bytes]:
        """An interchange of one segment, without a group."""
        yield self._isa()
        yield self.segment(*elements)
        yield self.segment("IEA", "0", self.number)

    def exact(self, text: str, longest: int) -> str:
        """A text that has to be the same or is of no use (a control number, an id): else nothing.

        Blanks around it do not count: they fill it up.
        """
        text = text.strip(" ")
        return text if len(text) <= longest and self.clean(text, longest) == text else ""

    def clean(self, text: str, longest: int) -> str:
        """A text of which anyone knows what is meant (a name), with blanks for what can't be written."""
        separators = self._characters()
        kept = "".join(
            character if " " <= character <= "~" and character not in separators else " "
            for character in text
        )
        return kept.strip()[:longest].rstrip()

    def _isa(self) -> bytes:
        at = self.reply.at
        (sender_kind, sender), (receiver_kind, receiver) = self.received.receiver, self.received.sender
        ids = [kind if _is_qualifier(kind) else "ZZ" for kind in (sender_kind, receiver_kind)]
        elements = ["ISA", "00", " " * 10, "00", " " * 10]
        elements += [ids[0], f"{self.clean(sender, 15):15}", ids[1], f"{self.clean(receiver, 15):15}"]
        elements += [f"{at:%y%m%d}", f"{at:%H%M}", self.separators.repetition, "00501", self.number, "0"]
        elements += [self.received.usage if self.received.usage in {"P", "T"} else "P"]
        return self.segment(*elements, self.separators.component)

    def _text(self, element: Element) -> str:
        if isinstance(element, str):
            return element
        return self.separators.component.join(element).rstrip(self.separators.component)

    def _characters(self) -> frozenset[str]:
        separators = self.separators
        return frozenset(
            (separators.element, separators.component, separators.terminator, separators.repetition)
        )


_is_qualifier = re.compile("[A-Z0-9]{2}").fullmatch


def _usable(received: Separators) -> Separators:
    """The received separators, or the usual ones if a number, a code or a blank would be cut by them.

    A line break is one only where it ends the segments.
    """
    within = (received.element, received.component, received.repetition)
    characters = {*within, received.terminator}
    if (
        len(characters) < 4
        or any(len(one) != 1 or one.isalnum() or one in " \t.-" for one in characters)
        or not {"\r", "\n"}.isdisjoint(within)
    ):
        return Separators()
    return received


def _control_number(number: int) -> str:
    return f"{(number - 1) % 999_999_999 + 1:09}"
