"""Places and the contracts they belong to."""

from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.claim import Address, Claim, Payer, Provider
from scrubber.engine import Engine
from scrubber.importers import ImportRefused
from scrubber.importers.jurisdictions import read_jurisdictions
from scrubber.reference.container import Sections, pack_sections
from scrubber.reference.jurisdictions import NOWHERE, Contract, Jurisdictions, Place, pack_jurisdictions
from scrubber.reference.ncci import Edition
from scrubber.settings import shipped


@pytest.fixture(scope="session")
def jurisdictions(engine: Engine) -> Jurisdictions:
    assert engine.reference.jurisdictions is not None
    return engine.reference.jurisdictions


def place(
    jurisdictions: Jurisdictions,
    here: tuple[str | None, str | None] | None,
    there: tuple[str | None, str | None] | None = None,
) -> Place:
    """The place of a claim with the billing provider here and the service facility there: (state, ZIP)."""
    claim = msgspec.convert(
        {
            "claim_id": "1",
            "payer": {},
            "lines": [{"procedure": "98940", "service_date": "2026-03-02", "charge": "1"}],
        },
        Claim,
        strict=False,
    )
    claim = msgspec.structs.replace(
        claim,
        payer=Payer(),
        billing_provider=Provider(address=Address(state=here[0], zip=here[1]) if here else None),
        service_facility=Provider(address=Address(state=there[0], zip=there[1])) if there else None,
    )
    return jurisdictions.place(claim)


@pytest.mark.parametrize(
    ("zip_code", "number", "mac", "jurisdiction"),
    [
        ("50309", "05102", "WPS", "J5"),
        ("23220", "11302", "Palmetto", "JM"),
        ("22201", "12202", "Novitas", "JL"),
        ("20001", "12202", "Novitas", "JL"),
        ("94102", "01112", "Noridian", "JE"),
        ("90001", "01182", "Noridian", "JE"),
        ("60601", "06102", "NGS", "J6"),
        ("40202", "15102", "CGS", "J15"),
        ("33101", "09102", "First Coast", "JN"),
        ("00901", "09202", "First Coast", "JN"),
        ("96910", "01212", "Noridian", "JE"),
    ],
)
def test_a_zip_code(
    jurisdictions: Jurisdictions, zip_code: str, number: str, mac: str, jurisdiction: str
) -> None:
    found = jurisdictions.place_of_address(None, zip_code)
    assert (found.numbers, found.mac, found.jurisdiction) == ((number,), mac, jurisdiction)
    assert jurisdictions.place_of_address(None, f"{zip_code}1234") == found
    assert jurisdictions.place_of_address(None, f" {zip_code}-1234") == found


@pytest.mark.parametrize("zip_code", ["", "1234", "ABCDE", "1234é", "٣٢١٠٠", "00000", "99999", "-1234"])
def test_what_is_no_zip_code_tells_nothing(jurisdictions: Jurisdictions, zip_code: str) -> None:
    assert jurisdictions.of_zip(zip_code) == ()
    assert jurisdictions.place_of_address(None, zip_code) == NOWHERE


@pytest.mark.parametrize(
    ("state", "numbers", "mac"),
    [
        ("IA", {"05102"}, "WPS"),
        ("CA", {"01112", "01182"}, "Noridian"),
        ("MD", {"12202", "12302"}, "Novitas"),
        ("NY", {"13202", "13282", "13292"}, "NGS"),
        ("VA", {"12202", "11302"}, None),
        ("DC", {"12202"}, "Novitas"),
        ("PR", {"09202"}, "First Coast"),
        ("ZZ", set(), None),
    ],
)
def test_a_state(jurisdictions: Jurisdictions, state: str, numbers: set[str], mac: str | None) -> None:
    found = jurisdictions.place_of_address(state, None)
    assert (set(found.numbers), found.mac) == (numbers, mac)


def test_the_service_facility_comes_first(jurisdictions: Jurisdictions) -> None:
    assert place(jurisdictions, ("IA", "50309"), ("VA", "23220")).mac == "Palmetto"
    assert place(jurisdictions, ("IA", "50309"), None).mac == "WPS"
    assert place(jurisdictions, ("VA", "23220"), ("VA", None)).mac == "Palmetto"
    assert place(jurisdictions, ("IA", None), ("VA", "99999")).mac is None
    assert place(jurisdictions, None, ("GA", None)).mac == "Palmetto"


def test_the_billing_zip_code_is_passed_over_where_the_facility_is_in_another_state(
    jurisdictions: Jurisdictions,
) -> None:
    assert place(jurisdictions, ("IA", "50309"), ("GA", None)).mac == "Palmetto"
    assert place(jurisdictions, ("IA", "50309"), (None, None)).mac == "WPS"


def test_an_unknown_zip_code_falls_to_the_state(jurisdictions: Jurisdictions) -> None:
    found = place(jurisdictions, ("IA", "00000"))
    assert (found.mac, found.told_by) == ("WPS", "the state of the billing provider")


def test_nothing_told(jurisdictions: Jurisdictions) -> None:
    assert place(jurisdictions, None) == NOWHERE
    assert place(jurisdictions, (None, None)) == NOWHERE
    assert (NOWHERE.mac, NOWHERE.contracts) == (None, ())


def test_every_contract_serves_a_state(jurisdictions: Jurisdictions) -> None:
    assert len(jurisdictions.contracts) == 55
    for contract in jurisdictions.contracts:
        assert jurisdictions.contract(contract.number) == contract
        for state in contract.states:
            assert contract in jurisdictions.of_state(state)
    assert {contract.jurisdiction for contract in jurisdictions.contracts} == {
        "J5", "J6", "J8", "J15", "JE", "JF", "JH", "JJ", "JK", "JL", "JM", "JN",
    }  # fmt: skip


# ---- a small table of its own

EAST = Contract(number="00001", mac="A", jurisdiction="J1", states=("AA",))
WEST = Contract(number="00002", mac="A", jurisdiction="J2", states=("AA", "BB"))
SOUTH = Contract(number="00003", mac="B", jurisdiction="J3", states=("CC",))


def table(zips: dict[int, tuple[str, bool]]) -> Jurisdictions:
    edition = Edition(name="2025 Q4", effective=date(2025, 10, 1), speaks_from=date(2025, 10, 1))
    sections = pack_jurisdictions([EAST, WEST, SOUTH], [(edition, zips)])
    return Jurisdictions.read(Sections(memoryview(pack_sections(sections, {"jurisdictions": "2025 Q4"}))))


def test_a_split_zip_code_falls_to_the_state() -> None:
    jurisdictions = table({1: ("00001", True), 2: ("00001", False)})
    assert jurisdictions.of_zip("00002", "BB") == (EAST,)
    assert jurisdictions.of_zip("00001", "AA") == (EAST, WEST)
    assert jurisdictions.of_zip("00001", "CC") == (SOUTH,)
    assert jurisdictions.of_zip("00001") == (EAST, WEST)
    assert jurisdictions.of_zip("00001", "ZZ") == (EAST, WEST)


def test_two_jurisdictions_of_one_contractor() -> None:
    found = table({}).place_of_address("AA", None)
    assert (found.mac, found.jurisdiction) == ("A", None)


@given(
    st.dictionaries(
        st.integers(0, 99_999), st.tuples(st.sampled_from(["00001", "00002", "00003"]), st.just(False))
    ),
    st.integers(0, 99_999),
)
def test_a_zip_code_answers_as_it_was_packed(zips: dict[int, tuple[str, bool]], other: int) -> None:
    jurisdictions = table(zips)
    for code in {*zips, other}:
        found = tuple(contract.number for contract in jurisdictions.of_zip(f"{code:05}"))
        assert found == ((zips[code][0],) if code in zips else ())


# ---- reading

CONTRACTORS = "contract,mac,jurisdiction,state,area,note,source\n05102,WPS,J5,IA,,,x\n05202,WPS,J5,KS,,,x\n"
ZIPS = "first,last,contract,state,plus4\n50000,50009,05102,IA,\n66000,66000,05202,KS,1\n"


def test_the_shipped_files_are_read_whole() -> None:
    sections, editions = read_jurisdictions(shipped("lcd_data"), Path("none"))
    assert sections.keys() == {"jurisdictions", "jurisdictions_editions", "jurisdictions_zip"}
    assert len(sections["jurisdictions_zip"]) == 100_000
    assert editions == {"jurisdictions": "2025 Q4"}


@pytest.mark.parametrize(
    ("contractors", "zips", "says"),
    [
        (CONTRACTORS.replace("mac,", "who,"), ZIPS, "contractors.csv: the header lacks mac"),
        (CONTRACTORS.replace("05102", "5102"), ZIPS, "contractors.csv, line 2: a contract has five digits"),
        (CONTRACTORS + "05102,NGS,J5,NE,,,x\n", ZIPS, "line 4: contract 05102 is given two contractors"),
        (CONTRACTORS + "05102,WPS,J5,IA,,,x\n", ZIPS, "line 4: contract 05102 has IA twice"),
        (CONTRACTORS, ZIPS.replace("50009", "4999"), "zip_contracts.csv, line 2: first and last are ZIP codes"),
        (CONTRACTORS, ZIPS.replace("50009", "49999"), "line 2: first and last are ZIP codes"),
        (CONTRACTORS, ZIPS.replace("05202", "05302"), "line 3: contractors.csv has no contract 05302 in KS"),
        (CONTRACTORS, ZIPS.replace("KS", "IA"), "line 3: contractors.csv has no contract 05202 in IA"),
        (CONTRACTORS, ZIPS.replace("KS,1", "KS,2"), "line 3: plus4 is 1 or empty"),
        (CONTRACTORS, ZIPS + "50009,50010,05102,IA,\n", "line 4: 50009 is there twice"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(
    tmp_path: Path, contractors: str, zips: str, says: str
) -> None:
    (tmp_path / "contractors.csv").write_text(contractors)
    (tmp_path / "zip_contracts.csv").write_text(zips)
    with pytest.raises(ImportRefused) as refused:
        read_jurisdictions(tmp_path, tmp_path)
    assert says in str(refused.value)
