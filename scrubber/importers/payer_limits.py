"""``limits`` of a ``payer.yaml``: how many visits, units or services a payer pays, or up to which amount."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from scrubber.reference.limits import Count, Counted, Limit, Window

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Url = Annotated[str, Meta(pattern=r"^https://", max_length=500)]
Procedures = Annotated[str, Meta(pattern=r"^[0-9A-Z][0-9]{3}[0-9A-Z](-[0-9A-Z][0-9]{3}[0-9A-Z])?\Z")]
Modifier = Annotated[str, Meta(pattern=r"^[0-9A-Z]{2}\Z")]


class Authority(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public document that says something of a payer, and the day it was read."""

    title: Name
    url: Url
    retrieved: date
    section: Name | None = None


class _Within(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: Annotated[int, Meta(ge=1, le=3660)] | None = None
    months: Annotated[int, Meta(ge=1, le=120)] | None = None

    def __post_init__(self) -> None:
        if (self.days is None) == (self.months is None):
            raise ValueError("give either days or months")


class GivenLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit as the file says it."""

    name: Name
    kind: Literal["benefit_maximum", "frequency"]
    count: Count
    at_most: Decimal
    within: _Within | Literal["calendar_year"]
    effective: date
    severity: Literal["deny", "review"]
    authority: Authority
    procedures: Annotated[list[Procedures], Meta(min_length=1)] | None = None
    with_modifiers: Annotated[frozenset[Modifier], Meta(min_length=1)] = frozenset()
    provider: Literal["any", "same"] = "any"
    unless_modifiers: frozenset[Modifier] = frozenset()
    ends: date | None = None

    def __post_init__(self) -> None:
        if not (self.procedures or self.with_modifiers):
            raise ValueError("give procedures, with_modifiers or both")
        if not 0 < self.at_most < 10**9:
            raise ValueError("at_most is more than 0")
        if self.count is Count.CHARGES and self.severity == "deny":
            raise ValueError(
                "a limit of charges is a review: they stand in for the amounts that the payer allows"
            )
        if self.ends is not None and self.ends < self.effective:
            raise ValueError("ends lies before effective")
        for first, last in _ranges(self):
            if first > last:
                raise ValueError(f"{first}-{last} ends before it begins")


def limit_of(given: GivenLimit) -> Limit:
    """The limit as the edits know it."""
    within = given.within
    window = Window() if within == "calendar_year" else Window(within.days, within.months)
    counted = Counted(
        count=given.count,
        window=window,
        codes=frozenset(code for code in given.procedures or () if "-" not in code),
        ranges=tuple(_ranges(given)),
        modifiers=given.with_modifiers,
        same_provider=given.provider == "same",
    )
    return Limit(
        name=given.name,
        kind=given.kind,
        counted=counted,
        at_most=given.at_most,
        effective=given.effective,
        ends=given.ends,
        deny=given.severity == "deny",
        unless_modifiers=given.unless_modifiers,
        title=given.authority.title,
        section=given.authority.section,
        url=given.authority.url,
        retrieved=given.authority.retrieved,
    )


def _ranges(given: GivenLimit) -> list[tuple[str, str]]:
    ends = [code.split("-") for code in given.procedures or () if "-" in code]
    return [(first, last) for first, last in ends]
