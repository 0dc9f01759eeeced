"""The notation of NPI, Medicare Beneficiary Identifier, tax id and ZIP code."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.edits.claim_form.identifiers import is_mbi, is_npi, is_tax_id, is_zip

DIGITS = "0123456789"
MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"


def luhn_sum(number: str) -> int:
    """Luhn as it is taught: from the right, every second digit doubled, digits added up."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value // 10 + value % 10
    return total


@st.composite
def npis(draw: st.DrawFn) -> str:
    body = draw(st.sampled_from("12")) + draw(st.text(DIGITS, min_size=8, max_size=8))
    return next(body + digit for digit in DIGITS if luhn_sum("80840" + body + digit) % 10 == 0)


@st.composite
def mbis(draw: st.DrawFn) -> str:
    either = DIGITS + MBI_LETTERS
    letter, digit = MBI_LETTERS, DIGITS
    places = ("123456789", letter, either, digit, letter, either, digit, letter, letter, digit, digit)
    return "".join(draw(st.sampled_from(allowed)) for allowed in places)


@pytest.mark.parametrize("npi", ["1234567893", "1245319599", "2234567891"])
def test_known_npis(npi: str) -> None:
    assert is_npi(npi)


@given(npis())
def test_every_npi_with_its_check_digit_is_one(npi: str) -> None:
    assert is_npi(npi)


@given(npis(), st.integers(0, 9), st.sampled_from(DIGITS))
def test_any_changed_digit_is_caught(npi: str, place: int, digit: str) -> None:
    changed = npi[:place] + digit + npi[place + 1 :]
    assert is_npi(changed) is (changed == npi)


@given(npis(), st.integers(0, 8))
def test_exchanged_neighbours_are_caught(npi: str, place: int) -> None:
    left, right = npi[place : place + 2]
    exchanged = npi[:place] + right + left + npi[place + 2 :]
    if left != right and {left, right} != {"0", "9"}:  # Luhn can't tell 09 from 90
        assert not is_npi(exchanged)


@given(st.text(max_size=12))
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_npi(text) in {True, False}
    assert is_mbi(text) in {True, False}
    assert is_tax_id(text) in {True, False}
    assert is_zip(text) in {True, False}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456789",
        "12345678931",
        "3234567893",
        "0234567893",
        " 234567893",
        "1234567893\n",
        "１２３４５６７８９３",
    ],
)
def test_not_an_npi(text: str) -> None:
    assert not is_npi(text)


@given(mbis())
def test_every_mbi_of_the_form_is_one(mbi: str) -> None:
    assert is_mbi(mbi)
    assert not is_mbi(mbi.lower())
    assert not is_mbi(mbi[:-1])
    assert not is_mbi(mbi + "0")
    assert not is_mbi(f"{mbi[:4]}-{mbi[4:7]}-{mbi[7:]}")


@given(mbis(), st.integers(0, 10), st.sampled_from("SLOIBZ"))
def test_letters_that_look_like_digits_are_never_used(mbi: str, place: int, letter: str) -> None:
    assert not is_mbi(mbi[:place] + letter + mbi[place + 1 :])


@given(mbis(), st.sampled_from([0, 3, 6, 9, 10]), st.sampled_from(string.ascii_uppercase))
def test_places_for_digits_take_no_letter(mbi: str, place: int, letter: str) -> None:
    assert not is_mbi(mbi[:place] + letter + mbi[place + 1 :])


@given(mbis(), st.sampled_from([1, 4, 7, 8]), st.sampled_from(DIGITS))
def test_places_for_letters_take_no_digit(mbi: str, place: int, digit: str) -> None:
    assert not is_mbi(mbi[:place] + digit + mbi[place + 1 :])


@pytest.mark.parametrize("text", ["421234567", "42-1234567", "421-23-4567"])
def test_tax_ids(text: str) -> None:
    assert is_tax_id(text)


@pytest.mark.parametrize(
    "text", ["", "...", "42123456", "4212345678", "000000000", "11-1111111", "421-234567", "42123456a"]
)
def test_not_a_tax_id(text: str) -> None:
    assert not is_tax_id(text)


@pytest.mark.parametrize("text", ["50309", "503091234", "50309-1234", "00501"])
def test_zip_codes(text: str) -> None:
    assert is_zip(text)


@pytest.mark.parametrize(
    "text", ["", "5030", "503091", "50309-", "50309 1234", "00000", "00000-1234", "5O309", "50309\n"]
)
def test_not_a_zip_code(text: str) -> None:
    assert not is_zip(text)
