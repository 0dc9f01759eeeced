"""What every intake gives: the claims of a stream one by one, each with its place in it, and what could not be read."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from scrubber.claim import Claim, Location, json_pointer


class Received(Struct, frozen=True):
    """A claim as it stood in a file. ``locate`` tells a location of the claim in the terms of that file.

    ``place`` is the claim's own place ("line 3", "ST*0001 CLM[3]"). ``locate`` is only called for findings, so an
    intake may work it out then.
    """

    claim: Claim
    place: str
    locate: Callable[[Location], str | None]


class JsonOrigin(Struct, frozen=True):
    """The JSON a claim was read from, just as it stands in the file. Tells locations as pointers behind ``at``."""

    record: bytes
    at: str

    def __call__(self, location: Location) -> str:
        """The pointer of a location."""
        return self.at + json_pointer(location)


UNREADABLE: Final = "unreadable"
"""The disposition of a record that is no claim."""


class Unreadable(Struct, frozen=True, kw_only=True, tag_field="disposition", tag=UNREADABLE):
    """A record of a file that is not a claim, or a part of it that is missing: where, and what is wrong.

    The message does not quote it.
    """

    claim_id: str | None = None
    place: str
    message: str


class FileNotUnderstood(Exception):
    """The file as a whole is in no format that is read here. The message is one line for a user."""
