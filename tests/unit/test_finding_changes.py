"""Two results of one claim: which findings appeared, vanished or changed."""

from hypothesis import given
from hypothesis import strategies as st

from scrubber.engine.comparison import FindingKind, finding_changes
from scrubber.rule import DENY, REVIEW, Advice, Citation, Finding, Severity


def found(edit: str, line: int | None, severity: Severity = DENY, message: str = "a") -> Finding:
    return Finding(
        edit=edit,
        name="n",
        severity=severity,
        line=line,
        pointer=f"/lines/{line - 1}" if line else "",
        source_location=None,
        message=message,
        carc=None,
        rarc=(),
        because={},
        citation=Citation("t", "u"),
        advice=Advice("x"),
    )


FINDINGS = st.lists(
    st.builds(
        found,
        st.sampled_from(["MUE611", "PTP601"]),
        st.sampled_from([None, 1, 2]),
        st.sampled_from([DENY, REVIEW]),
        st.sampled_from(["a", "b"]),
    ),
    max_size=6,
)


def kinds(before: list[Finding], after: list[Finding]) -> list[tuple[str, int | None, FindingKind]]:
    return [(change.edit, change.line, change.kind) for change in finding_changes(before, after)]


def test_appears_vanishes_changes() -> None:
    before = [found("PTP601", 1), found("MUE611", 2), found("MUE611", 1)]
    after = [found("PTP601", 1, REVIEW), found("MUE611", 1), found("AOC621", None)]
    assert kinds(before, after) == [
        ("AOC621", None, FindingKind.APPEARS),
        ("MUE611", 2, FindingKind.VANISHES),
        ("PTP601", 1, FindingKind.CHANGES),
    ]
    changed = finding_changes(before, after)[-1]
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before.severity, changed.after.severity) == (DENY, REVIEW)


def test_of_several_at_one_place_those_that_say_the_same_are_matched_first() -> None:
    before = [found("PTP601", 1, message="a"), found("PTP601", 1, message="b")]
    after = [found("PTP601", 1, message="b")]
    assert kinds(before, after) == [("PTP601", 1, FindingKind.VANISHES)]
    (gone,) = finding_changes(before, after)
    assert gone.before is not None
    assert gone.before.message == "a"


@given(FINDINGS, FINDINGS)
def test_what_is_told_makes_one_of_the_other(old: list[Finding], new: list[Finding]) -> None:
    def told(findings: list[Finding]) -> list[tuple[str, str, str, str]]:
        return sorted((one.edit, one.pointer, one.severity, one.message) for one in findings)

    left = told(old)
    for change in finding_changes(old, new):
        if change.before:
            left.remove((change.edit, change.pointer, change.before.severity, change.before.message))
        if change.after:
            left.append((change.edit, change.pointer, change.after.severity, change.after.message))
        assert change.before != change.after
    assert sorted(left) == told(new)
    assert finding_changes(old, old[::-1]) == ()
