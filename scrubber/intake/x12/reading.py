"""Reading by a plan: values into fields, what can't be read told where it stands, what nobody here reads refused.

The same for claims and for remittances.
"""

import re
from collections.abc import Sequence

from scrubber.intake.checked import in_one, shown
from scrubber.intake.record import FileNotUnderstood, Unreadable
from scrubber.intake.x12.envelope import Transaction
from scrubber.intake.x12.faults import TRANSACTION, Fault
from scrubber.intake.x12.guide import Fields, Plan, Steps
from scrubber.intake.x12.places import Problem
from scrubber.intake.x12.segment_values import Misread

OLD_VERSION = "Written in version 4010; only version 5010 is read"
KINDS = {
    "837": "A claim file (837)",
    "835": "A remittance (835)",
    "997": "An acknowledgment (997)",
    "999": "An acknowledgment (999)",
    "277": "A claim status report (277)",
}


def take(
    fields: Fields,
    plan: Plan,
    steps: Steps,
    segments: Sequence[str],
    problems: list[Problem],
    unsaid: Sequence[str],
    line: int = 0,
) -> bool:
    """Take steps until one can't be; False then, and what was wrong among the problems.

    ``segments`` are those of ``plan.ordered``. A problem names its loop unless that is ``unsaid``; the last of these
    loops is the one whose number ``line`` is.
    """
    where: int | slice = 0
    try:
        for read, where in steps:
            read(fields, segments[where])
    except Misread as misread:
        loop = plan.loop_at(where)
        named = (f"{unsaid[-1]}[{line}]" if line else "", "" if loop in unsaid else loop, misread.where)
        problems.append((" ".join(filter(None, named)), str(misread)))
        return False
    return True


def unreadable(place: str, problems: Sequence[Problem], claim_id: str | None = None) -> Unreadable:
    """What can't be read: the place is that of the first problem, the message tells them all."""
    told = in_one([f"{where} {says}" for where, says in problems])
    return Unreadable(place=f"{place} {problems[0][0]}", message=told, claim_id=shown(claim_id))


def refused(name: str, transaction: Transaction, kind: str, why: str) -> tuple[Fault, Unreadable]:
    """A transaction that is not read: its fault by whether it is of the ``kind`` read, and ``why`` with its guide."""
    code = "I6" if transaction.kind == kind else "1"
    fault = Fault(
        codes="IK502",
        code=code,
        message=TRANSACTION[code],
        place=transaction.place,
        interchange=transaction.interchange,
        group=transaction.group,
        transaction=transaction.control_number,
    )
    told = f"{why}: {transaction.guide}." if _is_guide(transaction.guide) else f"{why}."
    return fault, Unreadable(place=f"{name} {transaction.place}", message=told)


def another_kind(kind: str, wanted: str) -> str:
    """What is said of a transaction (ST01) that is not of the kind that is ``wanted``."""
    return f"{KINDS[kind]}, not {wanted}" if kind in KINDS else f"Not {wanted}"


def not_framed(name: str) -> FileNotUnderstood:
    """The error of a file that does not begin with a whole ISA segment."""
    return FileNotUnderstood(
        f"{name} does not begin with an ISA segment of sixteen elements and a terminator, so it can't be read as X12"
    )


_is_guide = re.compile("[0-9A-Z]{1,12}").fullmatch
