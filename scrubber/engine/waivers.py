"""Waivers: findings a named person answers for, within a scope and until a day. A waived finding is still shown."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from scrubber.claim import Claim
from scrubber.reference import Snapshot
from scrubber.rule import Finding

_PLAIN = r"^\S(.*\S)?$"
"""One line, no blanks around it: a scope with a blank too many would never fit."""

Scope = Annotated[str, Meta(min_length=1, max_length=80, pattern=_PLAIN)]


class NewWaiver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who (``by``) answers for the findings of an edit or payer rule, and why.

    Every scope that is named has to fit: ``payer`` is the payer id on the claim, ``payer_profile`` the payer as the
    rules know it, ``provider`` the NPI of the billing provider. ``everywhere`` says that none of them is meant.
    ``until`` is the last day, held against the day that counts as today and not against the day of service.
    """

    edit: Annotated[str, Meta(min_length=1, max_length=40, pattern=_PLAIN)]
    payer: Scope | None = None
    payer_profile: Scope | None = None
    provider: Annotated[str, Meta(pattern="^[0-9]{10}$")] | None = None
    claim_id: Scope | None = None
    everywhere: bool = False
    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=_PLAIN)]
    by: Annotated[str, Meta(min_length=1, max_length=120, pattern=_PLAIN)]
    until: date

    @property
    def scoped(self) -> bool:
        """Whether some scope is named."""
        return any((self.payer, self.payer_profile, self.provider, self.claim_id))


class Waiver(NewWaiver, frozen=True, kw_only=True):
    """A waiver as it is kept under a number; one that was read from a file has none."""

    number: int | None = None


class WaiverFault(NamedTuple):
    """What is wrong with a field of a waiver, and which values come nearest to the one given."""

    field: str
    message: str
    nearest: tuple[str, ...] = ()


def waiver_faults(
    waiver: NewWaiver, edits: Mapping[str, str], profiles: Collection[str]
) -> Iterator[WaiverFault]:
    """What is wrong with a waiver beyond its form. ``edits`` are ids with names, ``profiles`` ids of payers."""
    if waiver.edit not in edits:
        ids = {name.upper(): id_ for id_, name in edits.items()} | {id_.upper(): id_ for id_ in edits}
        close = get_close_matches(waiver.edit.upper(), list(ids), n=3, cutoff=0.5)
        nearest = tuple(dict.fromkeys(ids[one] for one in close))
        yield WaiverFault("edit", f"There is no such edit.{_nearest(nearest)}", nearest)
    if waiver.payer_profile is not None and waiver.payer_profile not in profiles:
        nearest = tuple(get_close_matches(waiver.payer_profile, list(profiles), n=3, cutoff=0.5))
        yield WaiverFault("payer_profile", f"There is no such payer profile.{_nearest(nearest)}", nearest)
    if not waiver.scoped and not waiver.everywhere:
        yield WaiverFault(
            "everywhere",
            "A waiver that holds for every claim has to say so: name payer, payer_profile, provider or claim_id, or "
            "say everywhere: true.",
        )
    if waiver.scoped and waiver.everywhere:
        yield WaiverFault("everywhere", "A scope is named, so it is not meant everywhere.")


class Waivers:
    """Waivers, found by edit and claim. Of several that cover a finding the narrowest counts, then the oldest."""

    def __init__(self, waivers: Iterable[Waiver]) -> None:
        by_place: dict[tuple[str, str | None], list[Waiver]] = {}
        for waiver in sorted(waivers, key=_named_scopes, reverse=True):
            by_place.setdefault((waiver.edit, waiver.claim_id), []).append(waiver)
        self.by_place: Mapping[tuple[str, str | None], Sequence[Waiver]] = by_place


def waiver_for(finding: Finding, claim: Claim, waivers: Waivers, reference: Snapshot) -> Waiver | None:
    """The waiver that covers a finding of a claim on ``reference.as_of``, or None.

    Who adds findings to a result later than ``scrub`` does asks ``apply_waivers``, which asks this for each.
    """
    for claim_id in (claim.claim_id, None):
        for waiver in waivers.by_place.get((finding.edit, claim_id), ()):
            if (
                reference.as_of <= waiver.until
                and waiver.payer in {None, claim.payer.id}
                and waiver.provider in {None, claim.billing_provider.npi}
                and (waiver.payer_profile is None or _is_of(waiver.payer_profile, claim, reference))
            ):
                return waiver
    return None


def _is_of(profile: str, claim: Claim, reference: Snapshot) -> bool:
    """Whether a claim goes to a payer of this profile, or all its lines to that contractor of the payer."""
    payers = reference.payers
    return payers.profile(claim).id == profile or all(
        [one.id for one in payers.profiles_at(claim, line)] == [profile] for line in claim.lines
    )


def _named_scopes(waiver: Waiver) -> int:
    return sum(
        scope is not None for scope in (waiver.payer, waiver.payer_profile, waiver.provider, waiver.claim_id)
    )


def _nearest(names: Iterable[str]) -> str:
    told = ", ".join(names)
    return f" Nearest: {told}." if told else ""
