"""What ordinary spinal manipulation looks like: the screen that the edits of this family share."""

from scrubber.claim import Claim
from scrubber.edits.services import SPINAL_MANIPULATION, by_chiropractor
from scrubber.reference import Snapshot


def manipulation_in_question(claim: Claim, _reference: Snapshot) -> bool:
    """Whether manipulation is not billed once, with AT alone and the date of initial treatment.

    So it is where a chiropractor bills anything else, and where AT stands on anything else.
    """
    manipulations = 0
    for line in claim.lines:
        if line.procedure in SPINAL_MANIPULATION:
            manipulations += 1
            if line.modifiers != ("AT",) or line.units != 1:
                return True
        elif "AT" in line.modifiers or by_chiropractor(claim, line):
            return True
    dates = claim.dates
    return manipulations > 1 or (
        manipulations == 1 and (dates.initial_treatment is None or dates.last_x_ray is not None)
    )
