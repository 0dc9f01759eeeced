"""Which of a member's claims stand: those that were neither replaced, nor taken back, nor scrubbed again."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from scrubber.rule.history import REPLACEMENT, VOID, Past


def standing(own: Past, others: Iterable[Past], *, same_payer: bool) -> list[Past]:
    """The claims that stand beside one that comes after them, ``others`` in the order they came.

    A replacement (frequency code 7) takes the place of the claim it names or whose id it has, a void (8) takes that one
    away; a claim with the same fingerprint, or the same id on the same day, is the earlier one scrubbed again. All of
    one biller. With ``same_payer`` only claims to the payer of ``own``; without, a claim that went to a second payer
    under the same id counts once.
    """
    kept: dict[int, Past] = {}
    copies: dict[bytes, int] = {}
    named: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    for number, past in enumerate(chain(others, (own,))):
        claim = past.claim
        if same_payer and claim.account != own.claim.account:
            continue
        again = [place for place in named.get((claim.claim_id, claim.biller), ()) if place in kept]
        if claim.original and claim.original != claim.claim_id:
            again += [place for place in named.get((claim.original, claim.biller), ()) if place in kept]
        gone = [place for place in again if _share_a_day(kept[place], past)]
        if again and not gone and claim.frequency_code in {REPLACEMENT, VOID}:
            gone = [max(again)]  # its days were what was wrong
        if past.fingerprint is not None:
            gone.append(copies.get(past.fingerprint, -1))
            copies[past.fingerprint] = number
        for place in gone:
            kept.pop(place, None)
        if claim.frequency_code != VOID:
            kept[number] = past
            named[claim.claim_id, claim.biller].append(number)
    return [past for past in kept.values() if past is not own]


def _share_a_day(one: Past, other: Past) -> bool:
    days = {service.first_day for service in one.claim.services}
    return any(service.first_day in days for service in other.claim.services)
