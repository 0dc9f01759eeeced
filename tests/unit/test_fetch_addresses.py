"""The file of the addresses, and which files of an edition they lead to."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec
import pytest
import yaml

from scrubber.importers import ImportRefused
from scrubber.importers.editions import KINDS
from scrubber.importers.fetch import FetchFailed
from scrubber.importers.fetch.addresses import Addresses, edition_in_force, read_addresses
from scrubber.importers.fetch.edition import address_of, check_edition
from scrubber.importers.fetch.find import find_files
from scrubber.importers.fetch.pages import links_of, text_of
from scrubber.settings import shipped

SHIPPED = read_addresses(shipped("lcd_data"))
TODAY = date(2026, 11, 22)
CMS = "https://www.cms.gov"
ICD = "https://ftp.cdc.gov/pub/Health_Statistics/NCHS/Publications/ICD10CM/"
AMA = frozenset({"ncci-ptp", "mue", "add-on", "pprrvu"})


def found(
    kind: str, pages: Mapping[str, str], wanted: str | None = None, addresses: Addresses = SHIPPED
) -> tuple[str, dict[str, str]]:
    """The edition, and the files by name; ``pages`` are the pages by their address."""
    edition, targets = find_files(addresses, kind, wanted, TODAY, lambda url: links_of(url, pages[url]))
    return edition, {target.name: target.url for target in targets}


def anchors(*links: str) -> str:
    return "".join(f'<li><a title="x" href="{link}">a file</a></li>' for link in links)


def ptp(quarter: str, version: str, parts: str = "1234", dash: str = "") -> list[str]:
    name = f"medicare-ncci-{quarter[:4]}{dash}q{quarter[-1]}-practitioner-ptp-edits-ccipra-v{version}"
    return [f"/license/ama?file=/files/zip/{name}-f{part}.zip" for part in parts]


PTP_PAGE = SHIPPED.kinds["ncci-ptp"].page
OTHERS = (
    "/files/zip/medicare-ncci-2026q4-practitioner-quarterly-additions-deletions-revisions-ptp.zip",
    "/license/ama?file=/files/zip/medicare-ncci-2026q4-hospital-ptp-edits-ccioph-v323r0-f1.zip",
    "#top",
    "mailto:someone@example.org",
)


def test_every_kind_that_is_imported_has_an_address_and_its_licence() -> None:
    assert KINDS.keys() <= SHIPPED.kinds.keys()
    assert {kind for kind, address in SHIPPED.kinds.items() if address.licence == "ama"} == AMA
    assert SHIPPED.hosts == {"www.cms.gov", "downloads.cms.gov", "ftp.cdc.gov"}
    assert {kind for kind, address in SHIPPED.kinds.items() if not address.confirmed} == {
        "add-on",
        "zip5",
        "pos",
    }


def test_what_is_not_certain_is_told_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "reference-data.md").read_text()
    fetching = guide.partition("## Fetching")[2]
    for kind, address in SHIPPED.kinds.items():
        if not address.confirmed:
            assert f"`{kind}`" in fetching


def test_the_four_parts_of_the_pairs_behind_their_notice() -> None:
    page = anchors(
        *OTHERS, *ptp("2026Q3", "322r0"), *ptp("2026Q4", "323r0", dash="-"), *ptp("2027Q1", "330r0")
    )
    edition, files = found("ncci-ptp", {PTP_PAGE: page})
    assert edition == "2026Q4"
    name = "medicare-ncci-2026-q4-practitioner-ptp-edits-ccipra-v323r0-f{}.zip"
    assert files == {
        name.format(part): f"{CMS}/files/zip/{name.format(part)}?agree=yes" for part in range(1, 5)
    }
    assert found("ncci-ptp", {PTP_PAGE: page}, "2027Q1")[0] == "2027Q1"


def test_a_file_that_is_not_behind_the_notice_is_asked_for_as_it_is() -> None:
    links = [link.partition("file=")[2] for link in ptp("2026Q4", "323r0")]
    assert all("agree" not in url for url in found("ncci-ptp", {PTP_PAGE: anchors(*links)})[1].values())
    doubled = [f"/license/ama?file=/files/zip//{link.rpartition('/')[2]}" for link in links]
    assert all(
        url.startswith(f"{CMS}/files/zip/medicare") and url.endswith(".zip?agree=yes")
        for url in found("ncci-ptp", {PTP_PAGE: anchors(*doubled)})[1].values()
    )


def test_a_notice_nobody_accepted_is_not_passed() -> None:
    page = SHIPPED.kinds["hcpcs"].page
    gated = "/license/ama?file=/files/zip/october-2026-alpha-numeric-hcpcs-file.zip"
    with pytest.raises(FetchFailed, match="offers no file of hcpcs that is known by its name"):
        found("hcpcs", {page: anchors(gated)})


def test_of_two_revisions_the_later_is_taken() -> None:
    page = anchors(*ptp("2026Q4", "323r1", "2"), *ptp("2026Q4", "323r0"))
    names = list(found("ncci-ptp", {PTP_PAGE: page})[1])
    assert [name[-12:] for name in names] == ["323r0-f1.zip", "323r1-f2.zip", "323r0-f3.zip", "323r0-f4.zip"]


@pytest.mark.parametrize(
    ("links", "wanted", "says"),
    [
        (ptp("2026Q4", "323r0", "124"), None, "offers 3 of the 4 files of ncci-ptp 2026Q4: try again later"),
        (
            ptp("2026Q4", "323r0"),
            "2027Q1",
            "2027Q1 is not offered on .*: the newest there is 2026Q4, the oldest 2026Q4",
        ),
        (ptp("2027Q1", "330r0"), None, "2026Q4 is not offered on .*: the newest there is 2027Q1"),
        (OTHERS, None, "offers no file of ncci-ptp that is known by its name"),
        (
            [
                *ptp("2026Q4", "323r0"),
                *(link.replace("/zip/", "/zip2/") for link in ptp("2026Q4", "323r0", "3")),
            ],
            None,
            "offers several files that could be ncci-ptp 2026Q4",
        ),
        (
            [f"https://other.example{link.partition('=')[2]}" for link in ptp("2026Q4", "323r0")],
            None,
            "offers no file",
        ),
    ],
)
def test_what_the_page_does_not_offer(links: list[str], wanted: str | None, says: str) -> None:
    with pytest.raises(FetchFailed, match=says) as failed:
        found("ncci-ptp", {PTP_PAGE: anchors(*links)}, wanted)
    assert "\n" not in str(failed.value)


def test_the_fee_schedule_through_the_page_of_its_edition() -> None:
    listed = SHIPPED.kinds["pprrvu"].page
    page = listed.removeprefix(CMS)
    pages = {
        listed: anchors(*(f"{page}/rvu{name}" for name in ("26d", "26c", "25d-0", "24a", "24ar"))),
        f"{listed}/rvu26d": anchors(
            "/files/zip/rvu26d-updated-08-26-2026.zip", "/files/zip/pprrvu-notes.zip"
        ),
        f"{listed}/rvu24ar": anchors("/files/zip/rvu24ar.zip"),
        f"{listed}/rvu25d-0": anchors("/files/zip/rvu26a.zip"),
    }
    assert found("pprrvu", pages) == (
        "2026Q4",
        {"rvu26d-updated-08-26-2026.zip": f"{CMS}/files/zip/rvu26d-updated-08-26-2026.zip"},
    )
    assert found("pprrvu", pages, "2024Q1") == ("2024Q1", {"rvu24ar.zip": f"{CMS}/files/zip/rvu24ar.zip"})
    with pytest.raises(
        FetchFailed, match=r"2026Q2 is not offered on .*: the newest there is 2026Q4, the oldest 2024Q1"
    ):
        found("pprrvu", pages, "2026Q2")
    with pytest.raises(FetchFailed, match="2025Q4 is not offered"):
        found("pprrvu", pages, "2025Q4")


def test_the_other_kinds() -> None:
    hcpcs = SHIPPED.kinds["hcpcs"].page
    page = anchors(
        "/files/zip/october-2026-alpha-numeric-hcpcs-file.zip",
        f"{CMS}/files/zip/April-2024-Alpha-Numeric-HCPCS-Files.zip",
    )
    assert found("hcpcs", {hcpcs: page})[0] == "2026Q4"
    assert list(found("hcpcs", {hcpcs: page}, "2024Q2")[1]) == ["April-2024-Alpha-Numeric-HCPCS-Files.zip"]

    add_on = SHIPPED.kinds["add-on"].page
    days = [
        f"/files/zip/add-code-edits-medicare-effective-{day}.zip"
        for day in ("06012026", "04012026", "07012026")
    ]
    assert list(found("add-on", {add_on: anchors(*days)}, "2026Q2")[1].values()) == [CMS + days[0]]
    assert found("add-on", {add_on: anchors(*days)})[0] == "2026Q3"

    zip5 = SHIPPED.kinds["zip5"].page
    revised = "/files/zip/zip-code-carrier-locality-file-revised-08/14/2025.zip"
    assert found("zip5", {zip5: anchors(revised)}) == (
        "current",
        {"zip-code-carrier-locality-file-revised-08-14-2025.zip": CMS + revised},
    )
    assert (
        found("mue", {}, "2026Q3")[1]
        .popitem()[1]
        .endswith("/medicare-ncci-2026-q3-practitioner-services-mue-table.zip")
    )
    assert found("mue", {})[0] == "2026Q4"
    edition, files = found("mcd", {})
    assert (edition, list(files)) == ("current", ["current_article.zip", "current_lcd.zip"])


def test_the_diagnosis_codes_in_the_directories_of_the_cdc() -> None:
    path = ICD.removeprefix("https://ftp.cdc.gov")

    def listing(directory: str, *names: str) -> str:
        return f"<pre>{anchors(*(f'{path}{directory}/{name}' for name in names))}</pre>".replace("<a", "<A")

    pages = {
        ICD: "".join(listing(name, "") for name in ("2025", "2026", "2026-update", "2027", "2028")),
        f"{ICD}2027/": listing(
            "2027",
            "icd10cm-code-descriptions-2027.zip",
            "icd10cm-table-and-index-2027.zip",
            "icd10cm-addenda-2027.zip",
        ),
        f"{ICD}2026/": listing(
            "2026", "icd10cm-Code%20Descriptions-2026.zip", "icd10cm-table%20and%20index-2026.zip"
        ),
        f"{ICD}2026-update/": listing(
            "2026-update",
            "icd10cm-April-1-2026-XML.zip",
            "icd10cm-Code%20Descriptions-April-1-2026.zip",
            "icd10cm-table-and-index-April-1-2026.zip",
        ),
        f"{ICD}2025/": listing("2025", "icd10cm-table-index-2025.zip"),
    }
    codes, tabular = "icd10cm-code-descriptions-2027.zip", "icd10cm-table-and-index-2027.zip"
    assert found("icd10cm", pages) == (
        "2027",
        {codes: f"{ICD}2027/{codes}", tabular: f"{ICD}2027/{tabular}"},
    )
    assert list(found("icd10cm", pages, "2026")[1]) == [
        "icd10cm-Code-Descriptions-2026.zip",
        "icd10cm-table-and-index-2026.zip",
    ]
    assert list(found("icd10cm", pages, "2026-April")[1]) == [
        "icd10cm-Code-Descriptions-April-1-2026.zip",
        "icd10cm-table-and-index-April-1-2026.zip",
    ]
    with pytest.raises(FetchFailed, match="offers 0 of the 1 files of icd10cm 2025"):
        found("icd10cm", pages, "2025")


def test_which_edition_is_in_force() -> None:
    assert [edition_in_force("quarter", day) for day in (date(2026, 9, 30), date(2026, 10, 1))] == [
        "2026Q3",
        "2026Q4",
    ]
    days = (date(2026, 3, 31), date(2026, 4, 1), date(2026, 9, 30), date(2026, 10, 1))
    assert [edition_in_force("year", day) for day in days] == ["2026", "2026-April", "2026-April", "2027"]


@pytest.mark.parametrize(
    ("kind", "quarter", "year", "says"),
    [
        ("mue", None, "2026", "mue has editions by quarter: --year is not for it"),
        ("icd10cm", "2026Q4", None, "icd10cm has editions by year: --quarter is not for it"),
        ("mcd", "2026Q4", None, "mcd has only the current file: --quarter is not for it"),
        ("mue", "2026-4", None, "a quarter is written 2026Q4, not 2026-4"),
        ("icd10cm", None, "27", "a year is written 2027 or 2027-April, not 27"),
    ],
)
def test_an_edition_such_files_do_not_have(
    kind: str, quarter: str | None, year: str | None, says: str
) -> None:
    with pytest.raises(FetchFailed, match=says):
        check_edition(kind, SHIPPED.kinds[kind], quarter, year)


def test_the_edition_asked_for() -> None:
    assert check_edition("mue", SHIPPED.kinds["mue"], "2026Q4", None) == "2026Q4"
    assert check_edition("icd10cm", SHIPPED.kinds["icd10cm"], None, "2027") == "2027"
    assert check_edition("mcd", SHIPPED.kinds["mcd"], None, None) is None
    assert address_of(SHIPPED, "mue") is SHIPPED.kinds["mue"]
    with pytest.raises(FetchFailed, match=r"fonts can't be fetched: downloads\.yaml has no address for it"):
        address_of(SHIPPED, "fonts")
    with pytest.raises(
        FetchFailed, match=r"pos can't be fetched: CMS offers the codes as this web page .* https://www"
    ):
        address_of(SHIPPED, "pos")


def test_the_text_of_a_page_is_what_is_seen() -> None:
    page = "<head><title>t</title></head><p>One &amp;\n two</p><script>three()</script> <b>four"
    assert text_of(page) == "One & two four"


ONE: dict[str, object] = {
    "hosts": ["a.example"],
    "licences": {"l": {"name": "n", "notice": "https://a.example/l", "parameter": "f", "accept": {}}},
    "kinds": {
        "k": {
            "page": "https://a.example/p",
            "seen": date(2026, 1, 1),
            "edition": "quarter",
            "newest": "2026Q4",
            "files": [{"url": "https://a.example/{year}{quarter}.zip", "least": 1, "most": 2}],
        }
    },
}


def read(tmp_path: Path, text: str) -> Addresses:
    (tmp_path / "downloads.yaml").write_text(text)
    return read_addresses(tmp_path)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"page": "http://a.example/p"}, "k: the page is not at an https address"),
        ({"page": "https://b.example/p"}, "k: the page is not at an https address"),
        ({"licence": "m"}, "k: there is no licence m"),
        ({"confirmed": False}, "k: what is not confirmed needs a reason"),
        ({"files": []}, "k: there is no file"),
        ({"edition": "month"}, "Invalid enum value 'month'"),
        (
            {"through": "(?P<year>x)q(?P<quarter>y)"},
            "k: either all files have a url, or the page is read for all",
        ),
        ({"extra": 1}, "unknown field `extra`"),
    ],
)
def test_a_kind_that_is_not_right(tmp_path: Path, changed: dict[str, object], says: str) -> None:
    kinds = {"k": {**ONE["kinds"]["k"], **changed}}  # type: ignore[index]
    with pytest.raises(ImportRefused) as refused:
        read(tmp_path, yaml.safe_dump({**ONE, "kinds": kinds}))
    assert says in str(refused.value)
    assert str(refused.value).startswith("downloads.yaml: ")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"url": "https://b.example/x.zip"}, "a file is not at an https address of one of the hosts"),
        (
            {"url": "https://a.example/{month_name}.zip"},
            "the url names something that an edition does not have",
        ),
        ({"url": "https://a.example/{"}, "the url names something that an edition does not have"),
        ({"pattern": "(?P<yy>..)q(?P<quarter>.)"}, "a file has either a url or a pattern"),
        ({"url": None}, "a file has either a url or a pattern"),
        ({"least": 3}, "least, most and parts don't go together"),
        ({"parts": 0}, "least, most and parts don't go together"),
        ({"holds": "("}, "( is not a pattern: "),
        ({"url": None, "pattern": "("}, "( is not a pattern: "),
        ({"url": None, "pattern": "q(?P<quarter>.)"}, "does not tell the year"),
        ({"url": None, "pattern": "(?P<yy>..)"}, "does not tell the quarter"),
    ],
)
def test_a_file_that_is_not_right(tmp_path: Path, changed: dict[str, object], says: str) -> None:
    kind = msgspec.to_builtins(ONE["kinds"]["k"])  # type: ignore[index]
    kind["files"][0] |= changed
    with pytest.raises(ImportRefused) as refused:
        read(tmp_path, yaml.safe_dump({**ONE, "kinds": {"k": {**kind, "seen": date(2026, 1, 1)}}}))
    assert says in str(refused.value)


def test_the_file_itself(tmp_path: Path) -> None:
    assert read(tmp_path, yaml.safe_dump(ONE)).kinds["k"].licence is None
    licence = {"l": {**ONE["licences"]["l"], "notice": "https://b.example/"}}  # type: ignore[index]
    with pytest.raises(ImportRefused, match="l: the notice is not at an https address"):
        read(tmp_path, yaml.safe_dump({**ONE, "licences": licence}))
    with pytest.raises(ImportRefused, match=r"downloads\.yaml"):
        read(tmp_path, "hosts: [")
