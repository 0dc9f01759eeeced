"""The NCCI edits against a plain reading of the tables of CMS: the same findings on a few thousand claims.

The oracle below shares no code with the edits: it reads the public copy of the tables as text, keeps rows in sets, and
asks every pair of lines in turn. The engine gets the same rows through the importers, in the official layout.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any, NamedTuple

import msgspec
import pytest

from scrubber.claim import Claim
from scrubber.edits import ncci
from scrubber.engine.plan import Plan
from scrubber.engine.run import run_edits
from scrubber.importers.editions import import_edition
from scrubber.importers.ncci_starter import read_ncci
from scrubber.importers.payers import read_payers
from scrubber.reference import Sections, Snapshot, pack_sections, read_snapshot
from scrubber.settings import shipped
from tests.benchmarks.ncci import COPY
from tests.edits.cases import base_claim, merged
from tests.unit.ncci_files import aoc_fixed, mue_csv, ptp_text, write

pytestmark = pytest.mark.skipif(
    not COPY.is_dir(), reason="the copy of the NCCI tables is not here (NCCI_COPY)"
)

CLAIMS = 4_000
DAYS = [date(2024, 7, 1) + timedelta(days=30 * number) for number in range(24)]
"""From the first day of the edition on: the copy has no effective dates."""
FIRST, SECOND = "1234567893", "1245319599"
PRACTICE = (
    "98940", "98941", "98942", "97140", "97110", "97112", "97530", "97012", "97035", "97010", "99213", "99214", "99203",
    "20610", "20611", "64483", "64484", "64493", "64494", "62323", "22551", "22552", "69990", "72040", "76942", "77003",
    "96372", "99291", "99292", "11042", "11045", "90471", "90472", "36415", "G0283", "J3301",
)  # fmt: skip
TELL_APART = {
    *("E1", "E2", "E3", "E4", "LT", "RT", "LC", "LD", "RC", "LM", "RI"),
    *(f"F{digit}" for digit in "A123456789"),
    *(f"T{digit}" for digit in "A123456789"),
    *("24", "25", "57", "58", "78", "79", "27", "59", "91", "XE", "XP", "XS", "XU"),
}
"""NCCI Policy Manual, chapter I, section E."""
ON_EITHER = frozenset({"59", "XE", "XP", "XS", "XU"})
"""CR 11168: since 2019-07-01, so on every day here."""
MODIFIERS = ("59", "XS", "XU", "25", "LT", "RT", "GP", "AT", "76", "KX", "GY")

Told = set[tuple[Any, ...]]


class Tables(NamedTuple):
    """The rows of the copy whose codes are in the sample, as they stand there."""

    pairs: dict[tuple[str, str], tuple[date, str]]
    limits: dict[str, tuple[int, int]]
    add_ons: dict[str, tuple[int, set[str]]]


@pytest.fixture(scope="module")
def tables() -> Tables:
    with (COPY / "ncci_mue_prac.csv").open() as file:
        units = {
            row["hcpcs_code"]: (int(row["mue_units"]), int(row["mue_mai"])) for row in csv.DictReader(file)
        }
    codes = {*PRACTICE, *Random(5).sample(sorted(units), 300)}
    limits = {code: units[code] for code in codes & units.keys()}
    pairs = {}
    with gzip.open(COPY / "ncci_ptp_practitioner_2024.csv.gz", "rt") as file:
        for text in file:
            if text[:5] in codes and text[6:11] in codes:
                one, two, last, indicator, _ = text.split(",", 4)
                if indicator != "9":
                    pairs[one, two] = (date.fromisoformat(last), indicator)
    add_ons: dict[str, tuple[int, set[str]]] = {}
    with (COPY / "ncci_aoc.csv").open() as file:
        for row in csv.DictReader(file):
            if row["add_on_code"] in codes:
                kind, primaries = add_ons.setdefault(row["add_on_code"], (int(row["aoc_edit_type"]), set()))
                assert kind == int(row["aoc_edit_type"])
                primaries.add(row["primary_code"])
    return Tables(pairs, limits, add_ons)


@pytest.fixture(scope="module")
def reference(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The same rows through the importers."""
    directory = tmp_path_factory.mktemp("oracle")
    no_end = date(9999, 12, 31)
    files: list[tuple[str, str, bytes]] = [
        (
            "ncci-ptp",
            "pairs.txt",
            ptp_text(
                (one, two, "", "19960101", "*" if last == no_end else f"{last:%Y%m%d}", indicator, "a")
                for (one, two), (last, indicator) in tables.pairs.items()
            ),
        ),
        (
            "mue",
            "mue.csv",
            mue_csv((code, str(units), f"{kind} x", "a") for code, (units, kind) in tables.limits.items()),
        ),
        (
            "add-on",
            "aoc.txt",
            aoc_fixed(
                (str(kind), code, "", primary, "", "2013091", "", "")
                for code, (kind, primaries) in tables.add_ons.items()
                for primary in sorted(primaries)
            ),
        ),
    ]
    for kind, name, content in files:
        import_edition(
            directory / "editions",
            kind,
            [write(directory, name, content)],
            now=datetime.now(UTC),
            quarter="2024Q3",
        )
    sections, labels = read_ncci(shipped("lcd_data"), directory / "editions")
    assert labels["ptp"] == labels["mue"] == labels["add_on"] == "2024Q3"
    content = memoryview(pack_sections(sections, labels))
    return read_snapshot(Sections(content), read_payers(shipped("payer_rules")), DAYS[-1])


def claims(tables: Tables) -> Iterator[dict[str, Any]]:
    """Claims of several lines on one to three days by one or two providers, most of them with something to find."""
    random = Random(7)
    paired = sorted(tables.pairs)
    limited = sorted(tables.limits)
    add_ons = sorted(tables.add_ons)
    for number in range(CLAIMS):
        days = random.sample(DAYS, random.choice((1, 1, 1, 2, 3)))
        codes = [
            random.choice(random.choice((PRACTICE, limited, add_ons))) for _ in range(random.randint(1, 3))
        ]
        codes += random.choice(paired) if random.random() < 0.7 else ()
        if random.random() < 0.3:
            codes.append(random.choice(codes))
        add_on = next((code for code in codes if code in tables.add_ons), None)
        if add_on and random.random() < 0.5:
            primary = random.choice(sorted(tables.add_ons[add_on][1]))
            codes += [primary] if primary != "CCCCC" else []
        random.shuffle(codes)
        yield {
            "claim_id": f"O-{number}",
            "billing_provider": {"npi": FIRST, "taxonomy": "208VP0014X"},
            "rendering_provider": {"npi": FIRST, "taxonomy": "208VP0014X"},
            "lines": [_line(random, code, random.choice(days)) for code in codes],
        }


def _line(random: Random, code: str, on: date) -> dict[str, Any]:
    return {
        "procedure": code,
        "modifiers": random.sample(MODIFIERS, random.choice((0, 0, 1, 1, 2))),
        "service_date": on.isoformat(),
        "units": str(random.choice((1, 1, 1, 2, 3, 5, 20))),
        "rendering_provider": {"npi": SECOND} if random.random() < 0.15 else None,
    }


# The oracle: what the tables and the policy manual say of a claim, in the plainest words.


def lines_of(claim: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines payment is asked for."""
    lines = [
        {**line, "number": number, "by": (line["rendering_provider"] or claim["rendering_provider"])["npi"]}
        for number, line in enumerate(claim["lines"], start=1)
    ]
    return [line for line in lines if "GY" not in line["modifiers"]]


def pairs_told(claim: dict[str, Any], tables: Tables) -> Told:
    told: Told = set()
    for one, other in combinations(lines_of(claim), 2):
        if one["service_date"] != other["service_date"] or one["by"] != other["by"]:
            continue
        for first, second in ((one, other), (other, one)):
            row = tables.pairs.get((first["procedure"], second["procedure"]))
            if row is None or date.fromisoformat(first["service_date"]) > row[0]:
                continue
            if row[1] == "0":
                told.add(("PTP602", second["number"], first["procedure"], "deny"))
            elif not TELL_APART.intersection(second["modifiers"]) and not ON_EITHER.intersection(
                first["modifiers"]
            ):
                told.add(("PTP601", second["number"], first["procedure"]))
    return told


def units_told(claim: dict[str, Any], tables: Tables) -> Told:
    told: Told = set()
    added: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in lines_of(claim):
        if line["procedure"] not in tables.limits:
            continue
        most, indicator = tables.limits[line["procedure"]]
        if indicator == 1 and int(line["units"]) > most:
            told.add(("MUE611", line["procedure"], line["service_date"], line["number"]))
        elif indicator != 1:
            added[line["procedure"], line["service_date"], line["by"]] += int(line["units"])
    for (code, on, _), units in added.items():
        if units > tables.limits[code][0]:
            told.add(("MUE611", code, on, "day"))
    return told


def add_ons_told(claim: dict[str, Any], tables: Tables) -> Told:
    told: Told = set()
    for line in lines_of(claim):
        if line["procedure"] not in tables.add_ons:
            continue
        kind, primaries = tables.add_ons[line["procedure"]]
        of_the_day = [
            other
            for other in lines_of(claim)
            if other["service_date"] == line["service_date"] and other["procedure"] != line["procedure"]
        ]
        beside = {other["procedure"] for other in of_the_day if other["by"] == line["by"]}
        elsewhere = {other["procedure"] for other in of_the_day if other["by"] != line["by"]}
        if primaries & beside:
            continue
        no_add_on = bool(beside - tables.add_ons.keys())
        if kind == 2 and no_add_on:
            told.add(("AOC621", line["number"], "contractor-decides"))
        elif (kind == 3 and no_add_on) or primaries & elsewhere or line["procedure"] == "99292":
            told.add(("AOC621", line["number"], "review"))
        else:
            told.add(("AOC621", line["number"], "deny"))
    return told


# The engine, in the same terms.


def engine_told(claim: Claim, plan: Plan, reference: Snapshot, tables: Tables) -> dict[str, Told]:
    findings, not_evaluated = run_edits(plan.select(claim, reference), claim, reference)
    told: dict[str, Told] = {"PTP": set(), "MUE": set(), "AOC": set()}
    for finding in findings:
        because = finding.because
        match finding.edit:
            case "PTP601":
                # Another modifier of the list on the column one code makes it a review; the tables don't say so.
                told["PTP"].add((finding.edit, finding.line, because["column_one"]))
            case "PTP602":
                told["PTP"].add((finding.edit, finding.line, because["column_one"], finding.severity))
            case "MUE611":
                code = because["procedure"]
                where = finding.line if tables.limits[code][1] == 1 else "day"
                told["MUE"].add((finding.edit, code, because["service_date"], where))
            case _:
                told["AOC"].add((finding.edit, finding.line, finding.severity))
    for said in not_evaluated:
        assert (said.edit, said.reason) == ("AOC621", "contractor-decides")
        told["AOC"].add((said.edit, said.line, said.reason))
    return told


ORACLE: dict[str, Callable[[dict[str, Any], Tables], Told]] = {
    "PTP": pairs_told,
    "MUE": units_told,
    "AOC": add_ons_told,
}


def test_the_edits_say_what_the_tables_say(tables: Tables, reference: Snapshot) -> None:
    plan = Plan(ncci.EDITS, reference)
    agreed: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    base = base_claim()
    for difference in claims(tables):
        plain = merged(base, difference)
        told = engine_told(msgspec.convert(plain, Claim, strict=False), plan, reference, tables)
        for family, oracle in ORACLE.items():
            expected = oracle(plain, tables)
            assert told[family] == expected, (family, plain["lines"])
            agreed.update(said[0] for said in expected)
            silent[family] += not expected
    # Of 4,000 claims: PTP601 550 times, PTP602 1,451, MUE611 6,708, AOC621 3,667; and as often nothing.
    assert all(agreed[edit.id] > 500 for edit in ncci.EDITS), agreed
    assert all(silent[family] > 500 for family in ORACLE), silent
