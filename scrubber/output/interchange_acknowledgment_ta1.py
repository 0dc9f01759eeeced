"""The interchange acknowledgment (TA1): what was wrong with the outermost envelope, where the sender asks (ISA14).

It stands in an interchange of its own: only the end of the received one shows all its faults, and by then the answer
to its groups has been written. Accepted (A), accepted with errors (E), or rejected (R) if it has faults and no group
that could be read. Of several faults the first is told, for there is room for one.

Source: X12 TR3 005010X231A1, appendix C.1, in the public form of the validator pyx12.
"""

from collections.abc import Iterator, Sequence

from scrubber.output.received import Interchange
from scrubber.output.segments import Answer

NO_FAULT = "000"


def write_ta1(answer: Answer, received: Interchange, groups: int, codes: Sequence[str]) -> Iterator[bytes]:
    """The interchange that answers one with so many groups, and with faults of these codes (TA105)."""
    exact = answer.exact
    told = "A"
    if codes:
        told = "E" if groups else "R"
    number, day, time = exact(received.control_number, 9), exact(received.day, 6), exact(received.time, 4)
    return answer.alone("TA1", number, day, time, told, codes[0] if codes else NO_FAULT)
