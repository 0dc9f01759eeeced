"""A screen may name too many claims, never too few: whatever an edit says, its screen let through."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle

from msgspec import convert
from msgspec.structs import fields, replace

from scrubber.claim import Claim
from scrubber.engine import Engine
from tests.benchmarks.claims import claims
from tests.edits import cases


def test_what_an_edit_says_its_screen_let_through(engine: Engine) -> None:
    screened = {edit.id for edit in engine.plan.edits if edit.screen}
    spoke = set()
    for as_of, claim in _claims():
        here = engine.on(as_of)
        selected = here.plan.select(claim, here.reference)
        for edit in here.plan.concerned(claim):
            if edit.screen and list(edit.function(claim, here.reference)):
                assert edit in selected, edit.id
                spoke.add(edit.id)
    assert spoke == screened, "the claims of the test must make every screen matter"


def test_visits_of_several_days_wake_nothing_that_looks_at_one_day(engine: Engine) -> None:
    claim = next(one for one in claims(50) if one.lines[0].procedure == "98940")
    line = claim.lines[0]
    twice = replace(claim, lines=(line, line))
    days = replace(claim, lines=(line, replace(line, service_date=line.service_date + timedelta(days=2))))

    def woken(one: Claim) -> set[str]:
        here = engine.on(cases.DEFAULT_AS_OF)
        return {edit.id for edit in here.plan.select(one, here.reference)} & {"MUE611", "DUP951"}

    assert woken(twice) == {"MUE611", "DUP951"}
    assert woken(days) == set()


def _claims() -> Iterator[tuple[date, Claim]]:
    """Claims of a practice, those of all cases, and of each case what differs put onto a claim of the practice."""
    practice = claims(3_000, seed=7)
    for claim in practice:
        yield cases.DEFAULT_AS_OF, claim
    base, ordinary = _claim({}), cycle(practice)
    for path in cases.case_files():
        for case in cases.load(path)["cases"]:
            as_of, claim = case.get("as_of", cases.DEFAULT_AS_OF), _claim(case.get("claim", {}))
            yield as_of, claim
            for field in fields(Claim):
                value = getattr(claim, field.name)
                if value != getattr(base, field.name):
                    yield as_of, replace(next(ordinary), **{field.name: value})


def _claim(difference: dict[str, object]) -> Claim:
    merged = cases.merged(cases.base_claim(), difference)
    return convert(merged, Claim, strict=False, builtin_types=(date,))
