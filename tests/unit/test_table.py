from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from scrubber.reference.table import Table, pack_table

KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=7)


class Row(Struct, frozen=True, array_like=True):
    number: int
    name: str | None = None


@given(st.dictionaries(KEYS, st.integers(0, 2**40), max_size=60), KEYS)
def test_a_table_answers_like_the_dictionary_it_was_made_from(numbers: dict[str, int], other: str) -> None:
    table = Table(memoryview(pack_table({key: Row(number) for key, number in numbers.items()})), Row)
    assert len(table) == len(numbers)
    assert list(table.keys()) == sorted(numbers)
    for key, number in numbers.items():
        assert table.get(key) == Row(number)
        assert key in table
    if other not in numbers:
        assert table.get(other) is None
    assert list(table.starting(other[:2])) == sorted(key for key in numbers if key.startswith(other[:2]))


def test_keys_that_no_code_can_be_are_simply_not_there() -> None:
    table = Table(memoryview(pack_table({"M5381": Row(1)})), Row)
    assert table.get("") is None
    assert table.get("M53810000000000") is None
    assert table.get("Ｍ5381") is None
    assert table.get("\ud800") is None


def test_the_same_rows_give_the_same_bytes() -> None:
    assert pack_table({"B": Row(2), "A": Row(1)}) == pack_table({"A": Row(1), "B": Row(2)})
