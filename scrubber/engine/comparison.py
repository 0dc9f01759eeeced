"""Two results of one claim: the findings that appeared, vanished or changed."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import zip_longest

from msgspec import Struct

from scrubber.rule import Finding, Severity


class FindingKind(StrEnum):
    """What became of a finding."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    CHANGES = "changes"


class Said(Struct, frozen=True, kw_only=True):
    """What a finding says."""

    severity: Severity
    message: str


class FindingChange(Struct, frozen=True, kw_only=True):
    """A finding that is not the same in both results; ``before`` or ``after`` is None where it is in one only."""

    edit: str
    line: int | None
    pointer: str
    kind: FindingKind
    before: Said | None
    after: Said | None


def finding_changes(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[FindingChange, ...]:
    """How the findings of two results of one claim differ, in the order of edit and place.

    A finding is the same one where edit and place are; of several of an edit at one place, those that say the same
    are matched first.
    """
    old, new = _by_place(before), _by_place(after)
    return tuple(
        change
        for place in sorted(old.keys() | new.keys())
        for change in _of_place(old.get(place, ()), new.get(place, ()))
    )


def _by_place(findings: Sequence[Finding]) -> dict[tuple[str, int, str], list[Finding]]:
    by_place: dict[tuple[str, int, str], list[Finding]] = {}
    for finding in findings:
        by_place.setdefault((finding.edit, finding.line or 0, finding.pointer), []).append(finding)
    return by_place


def _of_place(old: Sequence[Finding], new: Sequence[Finding]) -> Iterator[FindingChange]:
    gone, come = list(old), []
    for finding in new:
        same = next((one for one in gone if _said(one) == _said(finding)), None)
        if same is None:
            come.append(finding)
        else:
            gone.remove(same)
    for was, now in zip_longest(gone, come):
        told: Finding = now or was
        one_only = FindingKind.APPEARS if was is None else FindingKind.VANISHES
        yield FindingChange(
            edit=told.edit,
            line=told.line,
            pointer=told.pointer,
            kind=FindingKind.CHANGES if was and now else one_only,
            before=_said(was) if was else None,
            after=_said(now) if now else None,
        )


def _said(finding: Finding) -> Said:
    return Said(severity=finding.severity, message=finding.message)
