"""Official files by one command: asked for under their licence, fetched, imported, in the snapshot."""

import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import requests_mock as mocking

from scrubber.cli.main import main
from scrubber.importers.fetch.addresses import read_addresses
from scrubber.settings import shipped
from tests.unit.fetch_server import Server
from tests.unit.ncci_files import mue_csv

ADDRESSES = read_addresses(shipped("lcd_data"))
NOTICE = ADDRESSES.licences["ama"].notice
MUE = "https://www.cms.gov/files/zip/medicare-ncci-2026-q3-practitioner-services-mue-table.zip"
CODES = [f"{number:05}" for number in range(10_000, 14_000)]


class Done(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("SCRUBBER_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("scrubber.importers.fetch.web.FIRST_WAIT", 0.0)

    def run_command(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["scrubber", "reference", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in {None, 2}
        return Done(2 if ended.value.code else 0, *capsys.readouterr())

    return run_command


@pytest.fixture
def served(requests_mock: mocking.Mocker) -> mocking.Mocker:
    """CMS with its notice; whatever else is asked for fails the test."""
    requests_mock.get(NOTICE, text="<p>A notice</p>", headers={"Content-Type": "text/html"})
    return requests_mock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def not_packed(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def mue_zip(most: str) -> bytes:
    rows = [(code, most, "3 Date of Service Edit: Clinical", "Clinical: Data") for code in CODES]
    return not_packed("MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", mue_csv(rows))


def test_from_the_server_into_the_snapshot(run: Run, served: mocking.Mocker, tmp_path: Path) -> None:
    server = Server(mue_zip("6"), cuts=[30_000]).serve(served, MUE)
    done = run("fetch", "mue", "--quarter", "2026Q3", "--accept-ama-license", "--accepted-by", "kim")
    assert done.code == 0, done.err
    file = tmp_path / "reference" / "downloads" / "mue" / "2026Q3" / MUE.rpartition("/")[2]
    lines = done.out.splitlines()
    assert lines[0] == "accepted  the AMA's licence for CPT codes, by kim"
    assert lines[1].startswith(f"fetched   {file}  0.")
    assert lines[2] == "imported  mue 2026Q3, 4,000 rows, for services from 2026-07-01 on"
    assert ".snapshot" in lines[3]
    assert done.err.splitlines() == [
        f"fetching  {file.name}, 0.2 MB",
        f"waiting   the connection ended after 30,000 of {file.stat().st_size:,} bytes; trying again in 0 s",
        f"fetching  {file.name}, 0.2 MB, from 0.0 MB on",
    ]
    assert server.asked[1].headers["Range"] == "bytes=30000-"
    shown = run("show").out
    assert "edition  mue: 2026Q3, 2024Q3 starter table" in shown
    assert "licence  ama accepted by kim, 20" in shown
    assert NOTICE in shown

    again = run("fetch", "mue", "--quarter", "2026Q3")
    assert again.out.splitlines()[0].startswith(f"unchanged {file}")
    assert again.out.splitlines()[1].startswith("unchanged  mue 2026Q3")
    assert (again.code, again.err, len(again.out.splitlines())) == (0, "", 2)
    assert [request.url for request in served.request_history].count(NOTICE) == 1
    served.get(MUE, status_code=404)
    gone = run("fetch", "mue", "--quarter", "2026Q3")
    assert gone.code == 2
    assert run("show").out.split("opened")[0] == shown.split("opened")[0]


def test_only_the_file(run: Run, served: mocking.Mocker, tmp_path: Path) -> None:
    page = ADDRESSES.kinds["ncci-ptp"].page
    name = "medicare-ncci-2026q3-practitioner-ptp-edits-ccipra-v322r0-f{}.zip"
    links = "".join(f'<a href="/license/ama?file=/files/zip/{name.format(n)}">f</a>' for n in range(1, 5))
    served.get(page, text=links, headers={"Content-Type": "text/html"})
    for part in range(1, 5):
        content = not_packed(f"ccipra-v322r0-f{part}.TXT", b"x" * 1_000_000)
        Server(content).serve(served, f"https://www.cms.gov/files/zip/{name.format(part)}?agree=yes")
    done = run("fetch", "ncci-ptp", "--quarter", "2026Q3", "--only-download", "--accept-ama-license")
    assert (done.code, done.out.count("fetched ")) == (0, 4)
    files = tmp_path / "reference" / "downloads" / "ncci-ptp" / "2026Q3"
    assert {path.name for path in files.glob("*.zip")} == {name.format(part) for part in range(1, 5)}
    assert not (tmp_path / "reference" / "editions").exists()
    assert "current" not in {path.name for path in (tmp_path / "reference").iterdir()}


def test_without_the_licence_nothing_is_asked_for(run: Run, served: mocking.Mocker, tmp_path: Path) -> None:
    for kind in ("ncci-ptp", "mue", "add-on", "pprrvu"):
        done = run("fetch", kind)
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines()[-1] == (
            f"scrubber: These files are under the AMA's licence for CPT codes, {NOTICE}: "
            "read it, and accept it with --accept-ama-license"
        )
    assert served.request_history == []
    assert not (tmp_path / "licences.json").exists()


@pytest.mark.parametrize(("typed", "by"), [("n\n", None), ("\n", None), ("y\n", "kim")])
def test_on_a_terminal_it_is_asked(
    run: Run,
    served: mocking.Mocker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    by: str | None,
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr("getpass.getuser", lambda: "kim")
    served.get(MUE, status_code=404)
    done = run("fetch", "mue", "--quarter", "2026Q3")
    assert done.code == 2
    assert "Have you read it, and do you accept it? [y/N]" in done.err
    kept = tmp_path / "licences.json"
    assert (json.loads(kept.read_bytes())["ama"]["by"] if kept.exists() else None) == by


def test_nobody_is_logged_in(run: Run, served: mocking.Mocker, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", nobody)
    done = run("fetch", "mue", "--accept-ama-license")
    assert (done.code, done.err) == (
        2,
        "scrubber: who accepts the licence can't be told: name yourself with --accepted-by\n",
    )


def test_a_quarter_that_is_not_published_yet(run: Run, served: mocking.Mocker) -> None:
    served.get(MUE.replace("2026-q3", "2031-q1"), status_code=404)
    done = run("fetch", "mue", "--quarter", "2031Q1", "--accept-ama-license")
    assert done.code == 2
    assert done.err == (
        "scrubber: mue 2031Q1 is not published: www.cms.gov has no file "
        "/files/zip/medicare-ncci-2031-q1-practitioner-services-mue-table.zip (404). "
        f"The newest known on 2026-10-01 was 2026Q4; see {ADDRESSES.kinds['mue'].page}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("mue", "--quarter", "2026Q3", "--quarter", "2026Q4"), "--quarter is given twice"),
        (("mue", "--quarter", "2026Q5"), "a quarter is written 2026Q4, not 2026Q5"),
        (("mue", "--year", "2026"), "mue has editions by quarter: --year is not for it"),
        (("fonts",), "'fonts' is not one of"),
    ],
)
def test_what_can_not_be_asked_for(
    run: Run, served: mocking.Mocker, arguments: tuple[str, ...], says: str
) -> None:
    done = run("fetch", *arguments)
    assert done.code == 2
    assert says in done.err
    assert served.request_history == []


def test_an_address_that_is_not_certain_is_told(run: Run, served: mocking.Mocker) -> None:
    served.get(ADDRESSES.kinds["add-on"].page, status_code=403)
    done = run("fetch", "add-on", "--accept-ama-license")
    assert done.code == 2
    note, failed = done.err.splitlines()
    assert note.startswith("note      the address of add-on is not certain: ")
    assert failed.endswith("to a program (403): download it in a browser and use `scrubber reference import`")
