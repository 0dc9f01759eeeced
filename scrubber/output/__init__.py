"""What goes back to the sender of claims: acknowledgments as X12, claims with the repairs that are safe.

No clock, no file is opened: numbers and moment are given. ``write_999(received_in(file, name), reply)`` is the answer
to an 837, ``write_277ca(received_in(file, name, judge), reply)`` that to its claims,
and ``corrected_file`` the claims with the repairs that are safe.
"""

from scrubber.output.acknowledgment_999 import write_999
from scrubber.output.claim_acknowledgment_277ca import write_277ca
from scrubber.output.corrected_file import corrected_file
from scrubber.output.received_file import in_order, received_in
from scrubber.output.segments import Reply

__all__ = ["Reply", "corrected_file", "in_order", "received_in", "write_277ca", "write_999"]
