"""What an edit says: a defect it saw, or that it could not look; and the finding a user reads.

An edit yields a :class:`Defect` (what is wrong, where, what to do). The engine joins it with the facts of the edit
(id, name, severity, predicted codes, authority) to the :class:`Finding` that goes into the result.
"""

from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct

from scrubber.claim import Location


class Severity(StrEnum):
    """What the payer would do. Reject and deny hold a claim, review sends it to a person, info leaves it clean."""

    REJECT = "reject"
    """Returned as unprocessable, without appeal rights."""
    DENY = "deny"
    """Adjudicated and not paid."""
    REVIEW = "review"
    """Might be denied; a person has to look."""
    INFO = "info"
    """Good to know."""


REJECT, DENY, REVIEW, INFO = Severity.REJECT, Severity.DENY, Severity.REVIEW, Severity.INFO

SEVERITY_RANK = {REJECT: 0, DENY: 1, REVIEW: 2, INFO: 3}
"""Hardest first."""


class Outcome(StrEnum):
    """What became of an edit on a claim. Never confused, never left out."""

    FAILED = "failed"
    PASSED = "passed"
    NOT_APPLICABLE = "not-applicable"
    WAIVED = "waived"
    NOT_EVALUATED = "not-evaluated"


class Reason(StrEnum):
    """Why an edit could not be evaluated."""

    REFERENCE_NOT_LOADED = "reference-not-loaded"
    """A table the edit needs is not in the snapshot."""
    OUTSIDE_EDITION = "outside-edition"
    """The service date lies before what the loaded edition speaks of, or a code is newer than it."""
    NOT_IN_STARTER_TABLE = "not-in-starter-table"
    """The table that came with the program is complete for some codes only, and this is none of them."""
    CONTRACTOR_DECIDES = "contractor-decides"
    """The source leaves the decision to each contractor, and theirs is not loaded."""
    PLACE_UNKNOWN = "place-unknown"
    """Nothing on the claim says where the service was given, so no contractor can be told."""
    PLACE_AMBIGUOUS = "place-ambiguous"
    """The place given leaves two contractors that would answer differently."""
    PAYER_UNKNOWN = "payer-unknown"
    """The payer's own limit or rule is not loaded."""
    ARTICLE_NOT_LOADED = "article-not-loaded"
    """The contractor may have a coverage article for the procedure; none is loaded."""
    NO_DIAGNOSIS_LIST = "no-diagnosis-list"
    """The contractor's article names no diagnoses: only the national rule can be checked."""
    RELATION_NOT_STATED = "relation-not-stated"
    """The article does not say which of its lists belongs to the procedure."""
    NO_DIAGNOSIS_POINTER = "no-diagnosis-pointer"
    """The line points to no diagnosis of the claim."""
    FACT_MISSING = "fact-missing"
    """The claim leaves out something the edit would have to read."""
    HISTORY_NOT_READ = "history-not-read"
    """What was billed before for the member was not looked at."""
    OTHER_FORM = "other-form"
    """The edit is for claims of another form: professional ones, and this one is institutional."""
    EDIT_FAILED = "edit-failed"
    """A fault in the edit itself; the other edits were run. Worth a bug report."""


class Citation(Struct, frozen=True, gc=False):
    """The authority a finding rests on: document, section, deep link, edition or date of what was read."""

    title: str
    url: str
    section: str | None = None
    edition: str | None = None


class Advice(Struct, frozen=True, gc=False):
    """What to do. ``safe`` is notation only and carries a JSON Patch; anything clinical needs the record looked at."""

    text: str
    applicability: Literal["safe", "needs-record-review"] = "needs-record-review"
    patch: tuple[dict[str, Any], ...] | None = None


class Defect(Struct, frozen=True, gc=False, kw_only=True):
    """What the function of an edit saw.

    ``location`` is the path in the claim; ``because`` the facts read (codes, groups, dates: never names or member
    ids). ``severity``, ``carc``, ``rarc`` and ``citation`` stand in for the edit's own where a case differs; a
    severity may be softer than the edit's own, never harder.
    """

    location: Location
    message: str
    advice: Advice
    because: dict[str, Any] = {}
    severity: Severity | None = None
    carc: tuple[str, str] | None = None
    rarc: tuple[str, ...] | None = None
    citation: Citation | None = None


class Unevaluated(Struct, frozen=True, gc=False, kw_only=True):
    """Said by an edit that could not look: why, and in words what is missing. ``line`` is 1-based, None the claim."""

    reason: Reason
    detail: str
    line: int | None = None


class Carc(Struct, frozen=True, gc=False):
    """A claim adjustment group and reason code, as on a remittance."""

    group: str
    code: str


class Finding(Struct, frozen=True, gc=False, kw_only=True):
    """One thing the payer would deny or reject the claim for, as told to a user."""

    edit: str
    name: str
    severity: Severity
    line: int | None
    pointer: str
    source_location: str | None
    message: str
    carc: Carc | None
    rarc: tuple[str, ...]
    because: dict[str, Any]
    citation: Citation
    advice: Advice


class NotEvaluated(Struct, frozen=True, gc=False, kw_only=True):
    """An edit that concerned the claim and could not be evaluated. Never the same as passed."""

    edit: str
    line: int | None
    reason: Reason
    detail: str
