"""What goes back to the sender of claims: acknowledgments as X12. No clock, no file: numbers and moment are given."""

from scrubber.output.acknowledgment_999 import write_999
from scrubber.output.claim_acknowledgment_277ca import write_277ca
from scrubber.output.segments import Reply

__all__ = ["Reply", "write_277ca", "write_999"]
