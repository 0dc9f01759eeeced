"""DUP952: the same claim twice in one batch."""

from collections.abc import Iterator

from scrubber.claim import Claim, fingerprint, is_comparable
from scrubber.reference import Snapshot
from scrubber.rule import (
    BOTH_FORMS,
    CLAIM,
    DENY,
    Advice,
    Defect,
    History,
    Unevaluated,
    claims_where,
    edit,
    place,
)
from scrubber.rule.authorities import billing_manual


def _look_back(claim: Claim, _reference: Snapshot, history: History) -> Iterator[Defect | Unevaluated]:
    own = fingerprint(claim)
    for copy in history.copies(own, claim.claim_id) if own else ():
        if copy.batch is None:
            yield repeated_in_batch(copy.record)
            return


@edit(
    id="DUP952",
    name="claim-repeated-in-batch",
    severity=DENY,
    scope=CLAIM,
    forms=BOTH_FORMS,
    triggers=claims_where(is_comparable, "the claim comes in a batch, and says whose it is and who bills"),
    carc=("CO", "18"),
    citation=billing_manual(
        "120, Detection of Duplicate Claims", edition="MLN Matters MM8121 (CR 8121), in force 2013-07-01"
    ),
    look_back=_look_back,
)
def claim_repeated_in_batch(_claim: Claim, _reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A claim repeats an earlier claim of the same batch.

    Why it is denied: A payer compares a claim with those it has. A claim of the same member, provider, place,
    dates, procedures, modifiers, units and charges as another is an exact duplicate and is denied, also under
    a new claim id. Within a batch this is judged when all its claims are scrubbed; a claim alone has
    nothing to be compared with.

    Fails: 98940-AT for one member and day, billed by one provider in two claims of a file.

    Passes: Another day, another modifier or another member; a replacement or void of an earlier claim
    (frequency code 7 or 8).

    Source: Medicare Claims Processing Manual, chapter 1, section 120.2, criteria for exact duplicates.
    """
    yield from ()


def repeated_in_batch(first: int) -> Defect:
    """What is said of a claim that repeats the record ``first`` (counted from 1) of its batch."""
    return Defect(
        location=(),
        message=f"This claim bills the same services as {place(None, first)}.",
        because={"repeats_record": first},
        advice=Advice(
            "Send the claim once. If the services were given twice, the record must show it, and the second lines"
            " say so (modifier 76, 77, 59 or another); a corrected claim goes out as a replacement (frequency code 7)."
        ),
    )
