"""Explain a claim: every edit of the catalogue, what became of it, why, and what it read.

The edits run as they always do; only the claim and the tables are handed over inside recorders that note each value
read and each question asked. So the explanation can't drift from the edit.
"""

from collections.abc import Callable
from typing import Any, cast

import msgspec

from scrubber.claim import Claim, Location, json_pointer
from scrubber.engine.result import Explained, Result
from scrubber.engine.run import Engine, Locate, run_edits, scrub
from scrubber.reference import PayerProfile, Snapshot
from scrubber.rule import VOID, Edit, History, Outcome


def explain(
    engine: Engine, claim: Claim, locate: Locate | None = None, history: History | None = None
) -> Result:
    """The result of the claim with its explanation: one entry for every edit of the catalogue, in its order."""
    concerned = {edit.id for edit in engine.plan.concerned(claim)}
    result = scrub(engine, claim, locate, history)
    waived = {entry.finding.edit for entry in result.waived}
    return msgspec.structs.replace(
        result,
        explanation=tuple(
            _explain_edit(engine, edit, claim, history, waived=edit.id in waived)
            if edit.id in concerned
            else Explained(
                edit=edit.id,
                name=edit.name,
                outcome=Outcome.NOT_APPLICABLE,
                why=_why_not(engine, edit, claim),
                read={},
            )
            for edit in engine.plan.edits_of(claim)
        ),
    )


def _why_not(engine: Engine, edit: Edit, claim: Claim) -> str:
    profile = engine.reference.payers.profile(claim)
    if edit.triggers.payer is not None and not edit.triggers.payer(profile):
        return f"it does not concern {profile.name}"
    if claim.frequency_code == VOID and not edit.concerns_voids:
        return "a void (frequency code 8) asks for no payment: what rejects a claim or names that code concerns it"
    return f"it concerns a claim only where {edit.triggers.says}"


def _explain_edit(
    engine: Engine, edit: Edit, claim: Claim, history: History | None, *, waived: bool
) -> Explained:
    read: dict[str, Any] = {}
    recorded_claim = cast(Claim, _RecordedStruct(claim, (), read))
    recorded_reference = cast(Snapshot, _RecordedTables(engine.reference, "reference", read))
    findings, not_evaluated = run_edits((edit,), recorded_claim, recorded_reference)
    if history is not None and edit.look_back:
        # Its history is looked for by hashes of the claim itself, which a recorder can't stand in for.
        findings, not_evaluated = run_edits((edit,), claim, engine.reference, None, history)
    if findings:
        outcome = Outcome.WAIVED if waived else Outcome.FAILED
        why = "; ".join(finding.message for finding in findings)
    elif not_evaluated:
        outcome, why = (
            Outcome.NOT_EVALUATED,
            "; ".join(f"{said.reason}: {said.detail}" for said in not_evaluated),
        )
    elif edit.look_back and history is None:
        outcome, why = Outcome.NOT_APPLICABLE, _why_not(engine, edit, claim)
    else:
        outcome, why = Outcome.PASSED, "nothing on the claim is against it"
    return Explained(edit=edit.id, name=edit.name, outcome=outcome, why=why, read=read)


def _recorded(value: Any, location: Location, read: dict[str, Any]) -> Any:
    """The value, wrapped where it has parts of its own; a plain value is noted under its JSON pointer."""
    if isinstance(value, msgspec.Struct):
        return _RecordedStruct(value, location, read)
    if isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
        return tuple(_RecordedStruct(part, (*location, number), read) for number, part in enumerate(value))
    read[json_pointer(location)] = value
    return value


class _RecordedStruct:
    """A struct of the claim that notes which of its fields are read."""

    def __init__(self, struct: msgspec.Struct, location: Location, read: dict[str, Any]) -> None:
        self._struct, self._location, self._read = struct, location, read

    def __getattr__(self, field: str) -> Any:
        return _recorded(getattr(self._struct, field), (*self._location, field), self._read)


class _RecordedTables:
    """The snapshot or one of its tables; notes each question asked of a table and its answer."""

    def __init__(self, tables: Any, name: str, read: dict[str, Any]) -> None:
        self._tables, self._name, self._read = tables, name, read

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._tables, name)
        if callable(value):
            return self._asked(name, value)
        if type(value).__module__.startswith("scrubber.reference"):
            return _RecordedTables(value, name, self._read)
        return value

    def __contains__(self, key: str) -> bool:
        return self._asked("contains", self._tables.__contains__)(key) is True

    def _asked(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*arguments: Any) -> Any:
            plain = [a._struct if isinstance(a, _RecordedStruct) else a for a in arguments]
            plain = [a._tables if isinstance(a, _RecordedTables) else a for a in plain]
            answer = method(*plain)
            told = ", ".join(str(a) for a in plain if isinstance(a, str | int) or hasattr(a, "isoformat"))
            self._read[f"{self._name}.{name}({told})"] = _told(answer)
            return answer

        return ask


def _told(answer: Any) -> Any:
    """An answer short enough to show: a payer by its id, structs as they are, anything else that is no JSON as text."""
    if isinstance(answer, PayerProfile):
        return answer.id
    if isinstance(answer, tuple):
        return [_told(one) for one in answer]
    try:
        msgspec.json.encode(answer)
    except TypeError:
        return str(answer)
    return answer
