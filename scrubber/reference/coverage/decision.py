"""The answer to whether a contractor's article supports a procedure on a line."""

from enum import StrEnum

from msgspec import Struct

from scrubber.reference.coverage.article import ArticleRef, Basis


class CoverageResult(StrEnum):
    """What became of a line under the coverage articles."""

    SUPPORTED = "supported"
    """A pointed diagnosis is on the list that counts for the procedure."""
    NOT_SUPPORTED = "not-supported"
    """There is a list, and the pointed diagnoses do not satisfy it."""
    NONCOVERED = "noncovered"
    """The article denies the procedure, whatever the diagnosis or beside what else was billed."""
    NO_DIAGNOSIS_LIST = "no-diagnosis-list"
    """There is an article, and it has no list of covered diagnoses for the procedure."""
    NO_ARTICLE = "no-article"
    """No loaded article of the contractor judges the procedure. Not the same as covered."""
    NOT_EVALUATED = "not-evaluated"
    """It can't be told; the reason says why."""


class Cause(StrEnum):
    """Why an article does not pay a line."""

    NO_SUPPORT = "diagnosis-does-not-support-procedure"
    PRIMARY = "primary-diagnosis-not-in-required-group"
    SECONDARY = "secondary-diagnosis-not-covered"
    PROCEDURE_NONCOVERED = "procedure-noncovered-by-article"
    DIAGNOSIS_NONCOVERED = "diagnosis-listed-as-noncovered"
    PAIR = "pair-rule-of-article"


class Problem(Struct, frozen=True, kw_only=True):
    """One thing in an article that the line runs into.

    ``groups`` are the groups asked for, ``diagnoses`` the line's diagnoses that were held against them,
    ``fitting`` a later diagnosis of the line that would do in the first place, ``starred`` a listed one
    whose star keeps it from counting, ``partners`` procedures billed beside it. ``may_deny`` is false where
    too much is our own reading.
    """

    cause: Cause
    basis: Basis
    may_deny: bool
    groups: tuple[int, ...] = ()
    diagnoses: tuple[str, ...] = ()
    fitting: str | None = None
    starred: str | None = None
    partners: tuple[str, ...] = ()


class Support(Struct, frozen=True):
    """A diagnosis of the line that counts, and the group it stands in."""

    diagnosis: str
    group: int


class Decision(Struct, frozen=True, kw_only=True):
    """The answer for one line: the result, the article it rests on, what speaks for or against it.

    ``others`` are further articles of the contractor that were asked and would not have paid either.
    ``reason`` and ``detail`` tell why a line is not evaluated, ``condition`` what the record must show for
    the support to count.
    """

    result: CoverageResult
    article: ArticleRef | None = None
    others: tuple[ArticleRef, ...] = ()
    problems: tuple[Problem, ...] = ()
    support: tuple[Support, ...] = ()
    basis: Basis | None = None
    condition: str | None = None
    reason: str | None = None
    detail: str | None = None


NO_ARTICLE = Decision(result=CoverageResult.NO_ARTICLE)
