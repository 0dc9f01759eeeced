from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from scrubber.engine import Engine
from scrubber.reference.procedure_codes import State
from scrubber.reference.procedure_page import procedure_page

DAY = date(2026, 3, 2)


def test_the_page_of_a_procedure(engine: Engine) -> None:
    page = procedure_page(engine.reference, " 98940", DAY)
    assert page is not None
    assert (page.code, page.state, page.not_loaded) == ("98940", State.VALID, ())
    assert page.fee_schedule is not None
    assert (page.fee_schedule.status, page.fee_schedule.global_days) == ("A", "000")
    assert page.fee_schedule.allowed_in_office is not None
    assert Decimal("20") < page.fee_schedule.allowed_in_office < Decimal("40")
    assert page.unit_limit is not None
    assert page.unit_limit.units == 1
    assert (page.add_on, page.always_therapy) == (None, False)
    assert page.articles is not None
    assert "A56273" in [article.article for article in page.articles]
    assert [article.article for article in page.articles] == sorted(
        article.article for article in page.articles
    )


def test_an_add_on_names_what_it_goes_with(engine: Engine) -> None:
    page = procedure_page(engine.reference, "64491", DAY)
    assert page is not None
    assert page.add_on is not None
    assert page.add_on.primaries == {"64490"}


@pytest.mark.parametrize("code", ["9894", "ABCDE", "M53.81", "", "Z" * 300])
def test_what_is_no_procedure_code_has_no_page(engine: Engine, code: str) -> None:
    assert procedure_page(engine.reference, code, DAY) is None


def test_a_table_that_is_not_loaded_is_told_and_not_read_as_empty(engine: Engine) -> None:
    without = replace(engine.reference, mue=None, coverage=None)
    page = procedure_page(without, "98940", DAY)
    assert page is not None
    assert (page.unit_limit, page.articles, page.not_loaded) == (None, None, ("mue", "coverage"))
    with pytest.raises(LookupError):
        procedure_page(replace(without, fee_schedule=None, hcpcs=None), "98940", DAY)
