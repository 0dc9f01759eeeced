"""Payer profiles: ``payer_rules/<payer>/payer.yaml`` → ``Payers``. Their form: ``payer.schema.json``."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml

from scrubber.importers import ImportRefused
from scrubber.reference import PayerProfile, Payers, TimelyFiling

FILE = "payer.yaml"

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*\Z", max_length=60)]
Url = Annotated[str, msgspec.Meta(pattern=r"^https://", max_length=500)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class _Authority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: Name
    url: Url
    retrieved: date
    section: Name | None = None


class _TimelyFiling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    authority: _Authority
    calendar_years: Annotated[int, msgspec.Meta(ge=1, le=10)] | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=3660)] | None = None

    def __post_init__(self) -> None:
        if (self.calendar_years is None) == (self.days is None):
            raise ValueError("give either calendar_years or days")


class _RecognisedBy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    claim_filing_indicators: frozenset[Code] = frozenset()
    payer_ids: frozenset[Code] = frozenset()

    def __post_init__(self) -> None:
        if not (self.claim_filing_indicators or self.payer_ids):
            raise ValueError("give claim_filing_indicators, payer_ids or both")


class _Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Id
    name: Name
    program: Literal["medicare_part_b", "commercial"]
    recognised_by: _RecognisedBy
    timely_filing: _TimelyFiling | None = None


def read_payers(directory: Path) -> Payers:
    """The payers whose profile is in a folder of ``directory``, in the order of their ids.

    Raises ImportRefused in one line that names the file and the key; OSError if a file can't be read.
    """
    profiles: list[PayerProfile] = []
    claimed: dict[tuple[str, str], str] = {}
    for path in sorted(directory.glob(f"*/{FILE}"), key=lambda path: path.parent.name):
        told = f"{path.parent.name}/{FILE}"
        profile = _profile(path, told)
        for key, code in _recognised_by(profile):
            if other := claimed.get((key, code)):
                raise ImportRefused(f"{told}: {code} in recognised_by.{key} already stands for {other}")
            claimed[key, code] = profile.id
        profiles.append(profile)
    return Payers(profiles)


def _profile(path: Path, told: str) -> PayerProfile:
    try:
        data = yaml.safe_load(path.read_bytes())
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
    return PayerProfile(
        id=given.id,
        name=given.name,
        program=given.program,
        timely_filing=_timely_filing(given.timely_filing),
        payer_ids=given.recognised_by.payer_ids,
        claim_filing_indicators=given.recognised_by.claim_filing_indicators,
    )


def _timely_filing(given: _TimelyFiling | None) -> TimelyFiling | None:
    if given is None:
        return None
    return TimelyFiling(
        title=given.authority.title,
        section=given.authority.section,
        url=given.authority.url,
        retrieved=given.authority.retrieved,
        calendar_years=given.calendar_years,
        days=given.days,
    )


def _recognised_by(profile: PayerProfile) -> Iterator[tuple[str, str]]:
    for key in ("claim_filing_indicators", "payer_ids"):
        for code in sorted(getattr(profile, key)):
            yield key, code
