"""Payer profiles: ``payer_rules/<payer>/payer.yaml`` → ``Payers``. Their form: ``payer.schema.json``."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml

from scrubber.importers import ImportRefused
from scrubber.importers.payer_limits import Authority, GivenLimit, Name, limit_of
from scrubber.reference import PayerProfile, Payers, Sign, TimelyFiling

FILE = "payer.yaml"

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*\Z", max_length=60)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Codes = Annotated[frozenset[Code], msgspec.Meta(min_length=1)]
State = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z")]
RuleId = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2,6}-[0-9]{3,4}\Z")]
Days = Annotated[int, msgspec.Meta(ge=1, le=3660)]


class _TimelyFiling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    authority: Authority
    calendar_years: Annotated[int, msgspec.Meta(ge=1, le=10)] | None = None
    days: Days | None = None
    days_out_of_network: Days | None = None

    def __post_init__(self) -> None:
        if (self.calendar_years is None) == (self.days is None):
            raise ValueError("give either calendar_years or days")
        if self.days_out_of_network is not None and self.days_out_of_network <= (self.days or 3660):
            raise ValueError("days_out_of_network is for a limit in days, and longer than it")


class _Sign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    payer_ids: Codes = frozenset()
    states: Annotated[frozenset[State], msgspec.Meta(min_length=1)] = frozenset()
    claim_filing_indicators: Codes = frozenset()

    def __post_init__(self) -> None:
        if not (self.payer_ids or self.states or self.claim_filing_indicators):
            raise ValueError("give payer_ids, states or claim_filing_indicators")


class _Exception(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rule: RuleId
    reason: Name


class _Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Id
    name: Name
    program: Literal["medicare_part_b", "medicaid", "commercial"] | None = None
    inherits: Id | None = None
    recognised_by: Annotated[list[_Sign], msgspec.Meta(min_length=1)] | None = None
    jurisdictions: Annotated[dict[Code, Codes], msgspec.Meta(min_length=1)] | None = None
    local_coverage: bool = True
    timely_filing: _TimelyFiling | None = None
    limits: list[GivenLimit] = []
    except_: list[_Exception] = msgspec.field(name="except", default_factory=list)

    def __post_init__(self) -> None:
        if (self.program is None) == (self.inherits is None):
            raise ValueError("give either program or inherits")
        if (self.recognised_by is None) == (self.jurisdictions is None):
            raise ValueError("give either recognised_by or jurisdictions")
        if self.inherits is None and (self.jurisdictions or self.except_):
            raise ValueError("jurisdictions and except are for a payer that inherits")
        if self.limits and self.jurisdictions:
            raise ValueError("limits are those of the payer, not of its contractors")


def read_payers(directory: Path) -> Payers:
    """The payers whose profile is in a folder of ``directory``, in the order of their ids.

    Raises ImportRefused in one line that names the file and the key; OSError if a file can't be read.
    """
    given = {
        path.parent.name: _given(path, _told(path.parent.name))
        for path in sorted(directory.glob(f"*/{FILE}"), key=lambda path: path.parent.name)
    }
    profiles = [_profile(one, given) for one in given.values()]
    for one, other in combinations(profiles, 2):
        _told_apart(one, other)
    return Payers(profiles)


def _told(payer: str) -> str:
    return f"{payer}/{FILE}"


def _given(path: Path, told: str) -> _Profile:
    try:
        data = yaml.load(path.read_bytes(), yaml.CSafeLoader)
        given = msgspec.convert(data, _Profile)
    except yaml.MarkedYAMLError as wrong:
        line = f", line {wrong.problem_mark.line + 1}" if wrong.problem_mark else ""
        raise ImportRefused(f"{told}{line}: not YAML: {wrong.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise ImportRefused(f"{told}: not YAML: {' '.join(str(wrong).split())}") from None
    except msgspec.ValidationError as wrong:
        raise ImportRefused(f"{told}: {wrong}") from None
    if given.id != path.parent.name:
        raise ImportRefused(f"{told}: id is {given.id}, the folder is named {path.parent.name}")
    return given


def _profile(given: _Profile, others: Mapping[str, _Profile]) -> PayerProfile:
    """The profile with what it inherits; what it says itself stands in for it as a whole."""
    line = _ancestry(given, others)
    oldest = line[-1]
    contractors = [other for other in others.values() if other.jurisdictions and other.inherits == given.id]
    return PayerProfile(
        id=given.id,
        name=given.name,
        program=oldest.program or "",
        signs=_signs(given, contractors),
        timely_filing=next((_timely_filing(one.timely_filing) for one in line if one.timely_filing), None),
        inherits=given.inherits,
        exceptions={one.rule: one.reason for one in given.except_},
        jurisdictions=given.jurisdictions or {},
        contractors=tuple(other.id for other in contractors),
        local_coverage=all(one.local_coverage for one in line),
        limits=tuple([limit_of(limit) for limit in next((one.limits for one in line if one.limits), [])]),
    )


def _ancestry(given: _Profile, others: Mapping[str, _Profile]) -> list[_Profile]:
    """The payer, the one it inherits from, and so on."""
    line = [given]
    while (name := line[-1].inherits) is not None:
        if name not in others:
            raise ImportRefused(f"{_told(line[-1].id)}: inherits {name}, and there is no such payer")
        if others[name] in line:
            round_ = " inherits ".join([*(one.id for one in line), name])
            raise ImportRefused(f"{_told(given.id)}: inherits goes in a circle: {round_}")
        if others[name].jurisdictions:
            raise ImportRefused(f"{_told(line[-1].id)}: inherits {name}, which is a contractor")
        line.append(others[name])
    return line


def _signs(given: _Profile, contractors: list[_Profile]) -> tuple[Sign, ...]:
    """How a claim for the payer is told; the contract numbers of its contractors are payer ids of it."""
    signs = [
        Sign(payer_ids=one.payer_ids, states=one.states, claim_filing_indicators=one.claim_filing_indicators)
        for one in given.recognised_by or ()
    ]
    contracts = [
        contract
        for other in contractors
        for numbers in (other.jurisdictions or {}).values()
        for contract in numbers
    ]
    if contracts:
        indicators = frozenset().union(*(one.claim_filing_indicators for one in signs))
        signs.append(Sign(payer_ids=frozenset(contracts), claim_filing_indicators=indicators))
    return tuple(signs)


def _told_apart(one: PayerProfile, other: PayerProfile) -> None:
    """Refuses two payers of which no order could say which a claim is for."""
    for key in ("jurisdictions", "contracts"):
        if both := _held(one, key) & _held(other, key):
            raise ImportRefused(f"{_told(other.id)}: {key}: {min(both)} already stands for {one.id}")
    for mine in one.signs:
        for theirs in other.signs:
            shared = {
                key: getattr(mine, key) & getattr(theirs, key)
                for key in Sign.__struct_fields__
                if getattr(mine, key) or getattr(theirs, key)
            }
            if all(shared.values()) and _kinds(mine) == _kinds(theirs):
                codes = ", ".join(f"{key} {min(codes)}" for key, codes in shared.items())
                raise ImportRefused(f"{_told(other.id)}: recognised_by: {codes} already stands for {one.id}")


def _held(profile: PayerProfile, key: str) -> set[str]:
    held = profile.jurisdictions
    return (
        set(held) if key == "jurisdictions" else {number for numbers in held.values() for number in numbers}
    )


def _kinds(sign: Sign) -> list[str]:
    return [key for key in Sign.__struct_fields__ if getattr(sign, key)]


def _timely_filing(given: _TimelyFiling) -> TimelyFiling:
    return TimelyFiling(
        title=given.authority.title,
        section=given.authority.section,
        url=given.authority.url,
        retrieved=given.authority.retrieved,
        calendar_years=given.calendar_years,
        days=given.days,
        days_out_of_network=given.days_out_of_network,
    )
