"""CSV and TSV: header, cells, rows of a claim, places."""

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, get_args

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.claim import Address, Claim, Location, json_pointer
from scrubber.intake import columns
from scrubber.intake.columns import COLUMNS, MEANT, Column, plain
from scrubber.intake.files import read_claims
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/intake"
HEADER = "claim_id,procedure,service_date,charge"


def read(content: str | bytes, **arguments: Any) -> list[Received | Unreadable]:
    return list(
        read_claims(
            io.BytesIO(content.encode() if isinstance(content, str) else content), "f.csv", **arguments
        )
    )


def only(content: str | bytes, **arguments: Any) -> Received:
    (reading,) = read(content, **arguments)
    assert isinstance(reading, Received), reading
    return reading


def fault(content: str | bytes, **arguments: Any) -> str:
    (reading,) = read(content, **arguments)
    assert isinstance(reading, Unreadable), reading
    return reading.message


def line(cells: str = "", header: str = "") -> str:
    """A file of one row with everything that is needed, and more columns."""
    return f"{HEADER}{header}\nA-1,98940,2026-03-02,45.00{cells}\n"


def slim(value: Any) -> Any:
    """JSON without what is empty."""
    if isinstance(value, dict):
        return {key: kept for key, one in value.items() if (kept := slim(one)) not in (None, {}, [])}
    return [slim(one) for one in value] if isinstance(value, list) else value


def told(reading: Received | Unreadable) -> dict[str, Any]:
    if isinstance(reading, Unreadable):
        return {"place": reading.place, "unreadable": reading.message}
    return {"place": reading.place, "claim": slim(json.loads(msgspec.json.encode(reading.claim)))}


@pytest.mark.parametrize("name", ["claims.csv", "claims-mapped.csv"])
def test_golden_files(name: str) -> None:
    mapping = GOLDEN / name.replace(".csv", ".columns.yaml")
    theirs = yaml.safe_load(mapping.read_text()) if mapping.exists() else None
    readings = list(read_claims(io.BytesIO((GOLDEN / name).read_bytes()), name, columns=theirs))
    assert [told(one) for one in readings] == json.loads((GOLDEN / f"{name}.expected.json").read_text())


# Cells


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-03-02", "2026-03-02"),
        ("20260302", "2026-03-02"),
        ("3/2/2026", "2026-03-02"),
        ("03/02/2026", "2026-03-02"),
        ("2026-03-02 00:00:00", "2026-03-02"),
        ("2026-03-02T00:00:00.000", "2026-03-02"),
        ("3/2/2026 0:00", "2026-03-02"),
        ("3/2/2026 12:00:00 AM", "2026-03-02"),
    ],
)
def test_dates(cell: str, expected: str) -> None:
    assert only(line().replace("2026-03-02", cell)).claim.lines[0].service_date == date.fromisoformat(
        expected
    )


@pytest.mark.parametrize(
    "cell",
    [
        "2.3.2026",
        "3/2/26",
        "46083",
        "2026-3-2",
        "20260302 0:00",
        "2026-03-02 08:30",
        "٢٠٢٦٠٣٠٢",
        "02-Mar-2026",
    ],
)
def test_dates_that_need_a_guess_are_refused(cell: str) -> None:
    assert fault(line().replace("2026-03-02", cell)).startswith(
        "row 2 column service_date: Expected a date as"
    )


@pytest.mark.parametrize("cell", ["2026-13-02", "20260230", "13/2/2026", "1026-03-02"])
def test_dates_that_do_not_exist_are_refused(cell: str) -> None:
    assert fault(line().replace("2026-03-02", cell)).startswith("row 2 column service_date: Expected a date")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("45", "45"),
        ("45.5", "45.5"),
        ("45.0000", "45.00"),
        ("$45.00", "45.00"),
        ("$ 45.00", "45.00"),
        ('"1,234.50"', "1234.50"),
        ('"$1,234,567.00"', "1234567.00"),
        ('"1,234"', "1234"),
        ('" 45.00 "', "45.00"),
        ('="45.00"', "45.00"),
    ],
)
def test_amounts(cell: str, expected: str) -> None:
    amount = only(line().replace("45.00", cell)).claim.lines[0].charge
    assert str(amount) == expected


@pytest.mark.parametrize("cell", ['"45,00"', '"1.234,50"', '"1,2345"', '"12,34,567"', '",5"'])
def test_a_decimal_comma_names_the_cell(cell: str) -> None:
    assert fault(line().replace("45.00", cell)).startswith(
        "row 2 column charge: Expected an amount as 1234.50"
    )


@pytest.mark.parametrize(
    "cell", ["-45.00", "(45.00)", "45.123", "forty", "1e3", "45.00 USD", "NaN", "123456789"]
)
def test_other_amounts_are_refused_by_the_checks_of_json(cell: str) -> None:
    assert fault(line().replace("45.00", cell)).startswith("row 2 column charge: Expected a number")


def test_units() -> None:
    assert only(line(",1.250", ",units")).claim.lines[0].units == Decimal("1.25")
    assert fault(line(',"1,250"', ",units")).startswith("row 2 column units: Expected a number as 1.5")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('"1,2"', (1, 2)),
        ("1 2", (1, 2)),
        ("A:B", (1, 2)),
        ("AB", (1, 2)),
        ("ab", (1, 2)),
        ("12", (12,)),
        ("L", (12,)),
        ("", ()),
    ],
)
def test_pointers(cell: str, expected: tuple[int, ...]) -> None:
    assert only(line(f",{cell}", ",diagnosis_pointers")).claim.lines[0].pointers == expected


def test_pointers_that_are_none() -> None:
    for cell in ("1234", "M", "1A", "-1"):
        assert "Expected diagnosis pointers" in fault(line(f",{cell}", ",diagnosis_pointers"))


def test_several_codes_in_one_cell_or_in_numbered_columns() -> None:
    apart = only(line(",M99.01,M54.2,,AT,59", ",diagnosis_1,diagnosis_2,diagnosis_3,modifier_1,modifier_3"))
    together = only(line(',"M99.01, M54.2",AT:59', ",diagnoses,modifiers"))
    assert apart.claim == together.claim
    assert apart.claim.diagnoses == ("M9901", "M542")
    assert apart.claim.lines[0].modifiers == ("AT", "59")
    assert apart.locate(("lines", 0, "modifiers", 1)) == "row 2 column modifier_3"
    assert together.locate(("lines", 0, "modifiers", 1)) == "row 2 column modifiers"
    assert together.locate(("diagnoses", 1)) == "row 2 column diagnoses"


def test_a_gap_in_the_diagnoses_would_move_pointers() -> None:
    assert fault(line(",M99.01,,M54.2", ",diagnosis_1,diagnosis_2,diagnosis_3")).startswith(
        "row 2 column diagnosis_3"
    )
    # the order of the columns does not matter
    assert only(line(",M54.2,M99.01", ",diagnosis_2,diagnosis_1")).claim.diagnoses == ("M9901", "M542")


def test_yes_and_no() -> None:
    for cell, said in (("yes", True), ("FALSE", False), ("1", True), ("", None)):
        assert only(line(f",{cell}", ",conservative_care")).claim.documentation.conservative_care is said
    assert (
        fault(line(",perhaps", ",conservative_care")) == "row 2 column conservative_care: Expected yes or no."
    )


def test_leading_zeros_kept_for_excel() -> None:
    claim = only(line(',="05102","=""01234"""', ",payer_id,billing_zip")).claim
    assert claim.payer.id == "05102"
    assert claim.billing_provider.address == Address(zip="01234")


# Files


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiters_and_line_ends(delimiter: str, end: str, mark: str) -> None:
    content = mark + line(",05102", ",Payer ID").replace(",", delimiter).replace("\n", end)
    assert only(content).claim.payer.id == "05102"
    assert only(content.rstrip()).claim.payer.id == "05102"
    if delimiter != "\t":
        assert only(content.replace("05102", f'"05{delimiter}102"')).claim.payer.id == f"05{delimiter}102"


def test_the_delimiter_line_of_excel_does_not_count() -> None:
    assert only("sep=;\r\n" + line().replace(",", ";")).place == "f.csv row 2"
    assert only("sep=,\r\n" + line()).place == "f.csv row 2"


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    content = f'\n{HEADER},memo\nA,98940,2026-03-02,45,"one\ntwo\nthree"\n\n,,,,\nB,98940,2026-03-02,45,\n'
    assert [one.place for one in read(content, columns={"memo": None})] == ["f.csv row 3", "f.csv row 6"]


def test_windows_1252_is_read_where_it_is_not_utf_8() -> None:
    content = line(",Clínica Peña", ",billing_name")
    for encoding in ("utf-8", "cp1252"):
        assert only(content.encode(encoding)).claim.billing_provider.name == "Clínica Peña"


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("claim_id,procedure,service_date", "there is no column charge"),
        (f"{HEADER},modifer_1", r"'modifer_1' is not one of the columns \(did you mean modifier_1\?\)"),
        (f"{HEADER},DOB", r"'DOB' is not one of the columns \(did you mean birth_date\?\)"),
        (f"{HEADER},Ann born 1950-04-02", "column 5 is not one of the columns"),
        (f"{HEADER},Billed Amt (USD)", r"'Billed Amt \(USD\)' is not one of the columns"),
        (f"{HEADER},Charge", "'Charge' and 'charge' are the same column"),
        (f"{HEADER},diagnoses,diagnosis_1", "both diagnoses and diagnosis_1"),
        (f"{HEADER},modifier_2,modifiers", "both modifiers and modifier_1"),
        (f"{HEADER}{',' * 1000}", "more than 1000 columns"),
    ],
)
def test_a_header_that_can_not_be_used(header: str, says: str) -> None:
    with pytest.raises(FileNotUnderstood, match=says):
        read(f"{header}\n")


def test_mapping() -> None:
    content = "Acct,CPT,DOS,Billed Amt,Memo\nA-1,98940,3/2/2026,45.00,called twice\n"
    mapping: dict[str, str | None] = {
        "acct": "claim_id",
        "CPT": "procedure",
        "DOS": "service_date",
        "billed_amt": "charge",
        "Memo": None,
        "Room": None,
    }
    reading = only(content, columns=mapping)
    assert reading.claim.claim_id == "A-1"
    assert reading.locate(("lines", 0, "charge")) == "row 2 column Billed Amt"
    for wrong, says in (
        (
            {**mapping, "CPT": "procedur"},
            r"'procedur', which is not one of the columns \(did you mean procedure\?\)",
        ),
        ({**mapping, "CTP": "units"}, r"'CTP', which the header does not have \(did you mean cpt\?\)"),
        ({**mapping, "Memo": "procedure"}, "'Memo' and 'CPT' are the same column"),
    ):
        with pytest.raises(FileNotUnderstood, match=says):
            read(content, columns=wrong)


def test_a_mapped_name_wins_over_ours() -> None:
    content = f"{HEADER},units\nA-1,98940,2026-03-02,45.00,7\n"
    assert only(content, columns={"units": "payer_id"}).claim.payer.id == "7"
    assert only(content, columns={"units": None}).claim.lines[0].units == 1


# Rows


def test_rows_of_a_claim() -> None:
    content = (
        f"{HEADER},payer_id,rendering_npi,rendering_taxonomy,place_of_service,initial_treatment_date,member_id,ordering_npi\n"
        "A,98940,2026-03-02,45,05102,1234567893,111N00000X,11,2026-02-20,,1\n"
        "A,98941,2026-03-03,45,,,,12,,M1,2\n"
        "A,98942,2026-03-04,45,05102,1999999984,,11,2026-02-21,M1,\n"
        "B,98940,2026-03-02,45,05102,,,,,,\n"
    )
    first, second = read(content)
    assert isinstance(first, Received)
    assert (first.place, second.place) == ("f.csv rows 2-4", "f.csv row 5")
    claim = first.claim
    assert (claim.payer.id, claim.subscriber.id, claim.place_of_service) == ("05102", "M1", "11")
    assert claim.rendering_provider.npi == "1234567893"  # type: ignore[union-attr]
    assert [one.place_of_service for one in claim.lines] == [None, "12", None]
    assert [one.rendering_provider and one.rendering_provider.npi for one in claim.lines] == [
        None,
        None,
        "1999999984",
    ]
    assert claim.dates.initial_treatment == date(2026, 2, 20)
    assert [one.dates and one.dates.initial_treatment for one in claim.lines] == [
        None,
        None,
        date(2026, 2, 21),
    ]
    assert [one.ordering_provider and one.ordering_provider.npi for one in claim.lines] == ["1", "2", None]
    for location, place in (
        (("lines", 2, "rendering_provider", "npi"), "row 4 column rendering_npi"),
        (("lines", 1, "place_of_service"), "row 3 column place_of_service"),
        (("place_of_service",), "row 2 column place_of_service"),
        (("subscriber", "id"), "row 3 column member_id"),
        (("lines", 1), "row 3"),
        (("lines", 1, "units"), "row 3 (no column units)"),
        (("referring_provider",), "row 2 (no column referring_npi)"),
        (("rendering_provider",), "row 2 column rendering_npi"),
        (("rendering_provider", "name"), "row 2 (no column rendering_name)"),
        (("claim_id",), "row 2 column claim_id"),
        ((), "row 2"),
    ):
        assert first.locate(location) == place


def test_rows_that_contradict_each_other() -> None:
    content = f"{HEADER},payer_id\nA,98940,2026-03-02,45,1\nA,98940,2026-03-02,45,\nA,98941,2026-03-02,45,2\n"
    assert fault(content) == "row 4 column payer_id: not what another row of the claim says."


def test_every_fault_of_a_claim_is_told_and_no_other_claim_is_lost() -> None:
    content = (
        f"{HEADER},units\n"
        "A,98940,2026-03-02,45,1\n"
        "B,98940,2.3.2026,45,1\n"
        'B,98940,2026-03-02,"45,00",x\n'
        'C,98940,2026-03-02,"45\n'  # never closed
        "D,98940,2026-03-02,45,1,extra\n"
        ",98940,2026-03-02,45,1\n"
        "E,98940,2026-03-02,45,1\n"
        'E,98940,2026-03-02,"45"0,1\n'
        "F,98940,2026-03-02,,1\n"
        "G,98940,2026-03-02,45,1\n"
        "H,98940,202"
    )
    readings = read(content)
    ids = [one.claim_id if isinstance(one, Unreadable) else one.claim.claim_id for one in readings]
    assert [one for one in ids if one] == list("ABCDEFGH")
    messages = {one.place: one.message for one in readings if isinstance(one, Unreadable)}
    assert messages == {
        "f.csv rows 3-4": "row 3 column service_date:"
        " Expected a date as 2026-03-02, 20260302 or 3/2/2026 (month first);"
        " row 4 column charge: Expected an amount as 1234.50; a comma is read before three digits only.",
        "f.csv row 5": "row 5: its quotation marks do not match, or it has more than 65536 bytes.",
        "f.csv row 6": "row 6: it has a cell under no name of the header; quote what holds a delimiter.",
        "f.csv row 7": "column claim_id is empty.",
        "f.csv rows 8-9": "row 9: its quotation marks do not match, or it has more than 65536 bytes.",
        "f.csv row 10": "row 10 column charge: Missing data for required field.",
        "f.csv row 12": "row 12: the file breaks off in it.",
    }


def test_rows_of_a_claim_that_stand_apart() -> None:
    row = "{},98940,2026-03-02,45\n"
    readings = read(f"{HEADER}\n" + "".join(map(row.format, "ABBA")))
    assert [type(one).__name__ for one in readings] == ["Received", "Received", "Unreadable"]
    assert "at row 2; sort the file by claim" in readings[2].message  # type: ignore[union-attr]


def test_more_rows_than_a_claim_may_have() -> None:
    row = "A,98940,2026-03-02,45\n"
    assert len(only(f"{HEADER}\n{row * 999}").claim.lines) == 999
    assert "length <= 999" in fault(f"{HEADER}\n{row * 5000}")


def test_short_rows_and_columns_without_a_name() -> None:
    rows = ("A,98940,2026-03-02,45", "B,98940,2026-03-02,45,2,7,,", "C,98940,2026-03-02,45,2,7,,x", "")
    content = f"{HEADER},units,payer_id,,\n" + "\n".join(rows)
    first, second, third = read(content)
    assert isinstance(first, Received)
    assert isinstance(second, Received)
    assert isinstance(third, Unreadable)
    assert second.claim.payer.id == "7"
    assert "under no name" in third.message


# The columns as a whole


def leaves(kind: Any, path: Location = ()) -> list[Location]:
    """The paths of all plain values of a struct; lists are leaves."""
    kinds = [one for one in get_args(kind) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    struct = kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else next(iter(kinds), None)
    if struct is None:
        return [path]
    return [
        leaf for field in msgspec.structs.fields(struct) for leaf in leaves(field.type, (*path, field.name))
    ]


def test_everything_in_a_professional_claim_has_a_column_but_other_payers() -> None:
    ours = {
        (column.path[:1] if isinstance(column.path[-1], int) else column.path, of)
        for column in COLUMNS.values()
        for of in (("claim", "line") if column.of == "either" else (column.of,))
    }
    ours |= {(("lines",), "claim"), (("other_payers",), "claim"), (("adjudications",), "line")}
    line_kind = next(field.type for field in msgspec.structs.fields(Claim) if field.name == "lines")
    line_struct = get_args(get_args(line_kind)[0])[0]
    theirs = {(path, "claim") for path in leaves(Claim)} | {(path, "line") for path in leaves(line_struct)}
    institutional = {(path, of) for path, of in theirs if "institutional" in path or "revenue_code" in path}
    assert ours == theirs - institutional


def test_every_column_is_in_the_guide_and_no_hint_leads_nowhere() -> None:
    guide = (ROOT / "docs/guide/csv.md").read_text()
    roles = ("billing", "rendering", "referring", "supervising", "ordering", "facility")
    missing = [
        name
        for name in COLUMNS
        if f"`{name}`" not in guide and not name.startswith(tuple(f"{role}_" for role in roles))
        and not name.startswith(("diagnosis_", "modifier_"))
    ]  # fmt: skip
    assert missing == []
    assert all(plain(name) == name for name in COLUMNS)
    assert set(MEANT.values()) <= set(COLUMNS)
    assert not set(MEANT) & set(COLUMNS)


texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=12
).filter(lambda one: one == one.strip() and not one.startswith('="'))
codes = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=1, max_size=7)
dates = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)
amounts = st.decimals(0, 99_999_999, places=2).map(str)
PLAIN_CODES = {"sex", "relationship", "units", "unit_basis"}


def values_for(column: Column) -> st.SearchStrategy[Any]:
    if column.name in {"spinal_level", "imaging", "injury_phase", "documented_findings"}:
        return {
            "spinal_level": st.sampled_from(["cervical", "lumbar"]),
            "imaging": st.sampled_from(["ct", "none"]),
            "injury_phase": st.sampled_from(["acute", "chronic"]),
            "documented_findings": st.lists(
                st.sampled_from(["deformity", "radiculopathy"]), min_size=1, max_size=2
            ),
        }[column.name]
    readers: dict[Any, st.SearchStrategy[Any]] = {
        columns.date: dates,
        columns.amount: amounts,
        columns.number: st.decimals(0, 99_999_999, places=3).map(str),
        columns.flag: st.booleans(),
        columns.pointers: st.lists(st.integers(0, 99), min_size=1, max_size=24),
    }
    if column.read is columns.several:
        return st.lists(codes, min_size=1, max_size=3)
    return readers.get(column.read, codes if column.path[-1] in {"state", *PLAIN_CODES} else texts)


WRITTEN = {name: one for name, one in COLUMNS.items() if not isinstance(one.path[-1], int)}
CLAIM_COLUMNS = [one for one in WRITTEN.values() if one.of != "line" and one.name != "claim_id"]
LINE_COLUMNS = [one for one in WRITTEN.values() if one.of == "line"]
NEEDED = ("procedure", "service_date", "charge")


@st.composite
def made_claims(draw: st.DrawFn) -> dict[str, Any]:
    """The JSON of a claim with any of the values that have a column."""
    claim: dict[str, Any] = {"payer": {}, "claim_id": draw(texts)}
    for column in draw(st.lists(st.sampled_from(CLAIM_COLUMNS), max_size=12)):
        put(claim, column.path, draw(values_for(column)))
    claim["lines"] = []
    for number in range(draw(st.integers(1, 4))):
        line_values: dict[str, Any] = {}
        chosen = draw(st.lists(st.sampled_from(LINE_COLUMNS), max_size=6))
        for column in [*map(COLUMNS.__getitem__, NEEDED), *chosen]:
            put(line_values, column.path, draw(values_for(column)))
        if number and draw(
            st.booleans()
        ):  # a line's own place of service and provider, other than the claim's
            line_values["place_of_service"] = f"{claim.get('place_of_service', '')}9"
            npi = claim.get("rendering_provider", {}).get("npi", "")
            line_values["rendering_provider"] = {"npi": f"{npi}1", "address": {"state": "IA"}}
        claim["lines"].append(line_values)
    return claim


def put(target: dict[str, Any], path: Location, value: Any) -> None:
    for step in path[:-1]:
        target = target.setdefault(str(step), {})
    target[str(path[-1])] = value


def got(source: Any, path: Location) -> Any:
    for step in path:
        source = source.get(step, {})
    return source if source != {} else None


def cell_of(value: Any, between: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "No"
    if isinstance(value, list):
        return between.join(map(str, value))
    return str(value)


@given(
    st.lists(made_claims(), min_size=1, max_size=3, unique_by=lambda one: one["claim_id"]),
    st.integers(0, 2**32),
)
@settings(deadline=None, max_examples=60)
def test_claims_round_trip_through_rows(claims: list[dict[str, Any]], seed: int) -> None:
    spell = Random(seed)
    names = list(WRITTEN)
    spell.shuffle(names)
    between = spell.choice([",", " ", "; ", ":"])
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=spell.choice(",;\t|"),
        quoting=spell.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
        lineterminator=spell.choice(["\n", "\r\n"]),
    )
    writer.writerow(names)
    for claim in claims:
        for number, claim_line in enumerate(claim["lines"]):
            cells = []
            for name in names:
                column = COLUMNS[name]
                if column.of == "claim" or (column.of == "either" and not number):
                    value = got(claim, column.path)
                    if number and name != "claim_id" and spell.random() < 0.5:
                        value = None  # the further rows of a claim need not repeat it
                else:
                    value = got(claim_line, column.path)
                cells.append(cell_of(value, between))
            writer.writerow(cells)
    readings = read(spell.choice(["", "\ufeff"]) + text.getvalue())
    expected = [only_json(claim) for claim in claims]
    assert [one.claim if isinstance(one, Received) else one for one in readings] == expected


def only_json(claim: dict[str, Any]) -> Claim:
    (reading,) = read(json.dumps(claim))
    assert isinstance(reading, Received), reading
    return reading.claim


@given(made_claims())
@settings(deadline=None, max_examples=40)
def test_every_location_of_a_claim_has_a_place(claim: dict[str, Any]) -> None:
    names = list(WRITTEN)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for claim_line in claim["lines"]:
        row = [got(claim_line if COLUMNS[name].of == "line" else claim, COLUMNS[name].path) for name in names]
        writer.writerow(
            ["" if one is None else ",".join(map(str, one)) if isinstance(one, list) else one for one in row]
        )
    (reading,) = read(text.getvalue())
    assert isinstance(reading, Received)
    for number, claim_line in enumerate(claim["lines"]):
        for name in names:
            column = COLUMNS[name]
            if column.of == "line" and got(claim_line, column.path) is not None:
                assert reading.locate(("lines", number, *column.path)) == f"row {number + 2} column {name}"
            if column.of != "line" and got(claim, column.path) is not None:
                place = reading.locate(column.path)
                assert place == f"row 2 column {name}", json_pointer(column.path)


def test_dates_of_all_kinds_read_the_same() -> None:
    day = date(1900, 1, 1)
    while day < date(2199, 1, 1):
        for cell in (
            f"{day:%Y-%m-%d}",
            f"{day:%Y%m%d}",
            f"{day.month}/{day.day}/{day.year}",
            f"{day:%m/%d/%Y} 0:00",
        ):
            assert columns.date(cell) == day.isoformat()
        day += timedelta(days=997)
