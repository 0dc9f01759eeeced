"""DUP953: a claim that an earlier batch had, or that a payer has decided."""

from collections.abc import Iterator

from scrubber.claim import Claim, fingerprint, is_comparable
from scrubber.reference import Snapshot
from scrubber.rule import (
    BOTH_FORMS,
    CLAIM,
    DENY,
    REVIEW,
    Advice,
    Copy,
    Defect,
    History,
    Reason,
    Unevaluated,
    claims_where,
    edit,
    place,
)
from scrubber.rule.authorities import billing_manual

NOT_READ = Unevaluated(
    reason=Reason.HISTORY_NOT_READ,
    detail="the claims scrubbed before and their remittances were not looked at",
)


def _look_back(claim: Claim, _reference: Snapshot, history: History) -> Iterator[Defect | Unevaluated]:
    own = fingerprint(claim)
    for copy in history.copies(own, claim.claim_id) if own else ():
        if copy.batch is not None and (copy.decided or not copy.held):
            yield already_scrubbed(copy)
            return


@edit(
    id="DUP953",
    name="claim-already-scrubbed-or-paid",
    severity=DENY,
    scope=CLAIM,
    forms=BOTH_FORMS,
    triggers=claims_where(is_comparable, "the claim says whose it is and who bills, and is an original"),
    carc=("CO", "18"),
    citation=billing_manual(
        "120, Detection of Duplicate Claims", edition="MLN Matters MM8121 (CR 8121), in force 2013-07-01"
    ),
    look_back=_look_back,
)
def claim_already_scrubbed_or_paid(_claim: Claim, _reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """The same services were billed in an earlier batch, or a payer has decided on them.

    Why it is denied: A payer denies a claim that bills what another one did, whether that one was paid or denied. A
    denial is answered with an appeal or a replacement, not by the same claim once more.

    Fails: A claim whose remittance was imported comes again in another batch. Where no decision is known it is a
    review: that a claim was scrubbed and not held does not prove that it was sent.

    Passes: A claim whose earlier copies were all on hold, for those were not to be sent; one that the payer returned
    as unprocessable (remark MA130), which is to be sent anew; a replacement or void (frequency code 7 or 8).

    Source: Medicare Claims Processing Manual, chapter 1, section 120.2, criteria for exact duplicates; section
    80.3.1 for claims returned as unprocessable.
    """
    yield NOT_READ


def already_scrubbed(copy: Copy) -> Defect:
    """What is said of a claim of which an earlier batch had a copy."""
    where = place(copy.batch, copy.record)
    because = {
        "batch": copy.batch,
        "repeats_record": copy.record,
        "same_claim_id": copy.same_id,
        "decided": copy.decided,
    }
    if copy.decided:
        return Defect(
            location=(),
            message=f"A payer has decided on these services: they were billed in {where}.",
            because=because,
            advice=Advice(
                "Do not send it again. If the decision was wrong, appeal or reopen it; if the claim was, send a"
                " replacement (frequency code 7). If the services were given again, the lines say so (modifier 76, 77)."
            ),
        )
    return Defect(
        location=(),
        message=f"These services were scrubbed before and not held: {where}.",
        severity=REVIEW,
        because=because,
        advice=Advice(
            "If the earlier copy was sent, do not send this one. If that batch was not sent, this one may go;"
            " removing the batch takes it out of the comparison."
        ),
    )
