"""Downloads of every kind spoiled at random: each is refused in one line, or read; and what is cut off is refused."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrubber.importers import ImportRefused
from scrubber.importers.editions import KINDS, import_edition, kept_editions
from tests.unit import icd10cm_files, mcd_files, ncci_files, procedure_files
from tests.unit.test_places_import import POS

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MUE_SHEET = (("A notice", "", "", ""), ncci_files.MUE_HEADER, *ncci_files.MUE_ROWS)
TOLD = mcd_files.Told(
    id=10000, version=3, procedures={1: ["10000"]}, covered={1: ["M54.2"]}, effective="2026-01-15"
)

ARTICLES = mcd_files.files(mcd_files.tables([TOLD]))
SHEET, CODES = "xl/worksheets/sheet1.xml", "article_x_icd10_covered.csv"


def _with(members: Mapping[str, bytes], name: str) -> Callable[[bytes], bytes]:
    """A zip in which one member is replaced."""
    return lambda content: ncci_files.zipped({**members, name: content})


def _unpacked(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# ZIP codes are left out: a file of fewer than tens of thousands is refused for its size alone.
PLAIN: dict[str, tuple[str, str, bytes]] = {
    "pairs": ("ncci-ptp", "ccipra-v323r0-f1.TXT", ncci_files.ptp_text()),
    "units": ("mue", "MCR_MUE_PractitionerServices.csv", ncci_files.mue_csv()),
    "add-on codes": ("add-on", "AOC_V2026Q4-MCR.txt", ncci_files.aoc_fixed()),
    "fees": ("pprrvu", "PPRRVU2025_Oct.csv", procedure_files.fee_csv()),
    "HCPCS": ("hcpcs", "HCPC2026_OCT_ANWEB.txt", procedure_files.hcpcs_text()),
    "places": ("pos", "pos-2027q3.csv", POS.encode()),
}
YEAR = {
    "icd10cm-tabular-2028.xml": icd10cm_files.tabular(),
    "icd10cm-order-2028.txt": icd10cm_files.order(["M542", "M543"]),
}
PARTS = _unpacked(ncci_files.xlsx(MUE_SHEET))
WRAPPED: dict[str, tuple[str, str, bytes, Callable[[bytes], bytes]]] = {
    **{
        what: (kind, "download.zip", content, _with({}, name))
        for what, (kind, name, content) in PLAIN.items()
    },
    **{
        f"of a year, {name}": ("icd10cm", "download.zip", content, _with(YEAR, name))
        for name, content in YEAR.items()
    },
    **{
        f"units in a sheet, {name}": ("mue", "MCR_MUE_PractitionerServices.xlsx", content, _with(PARTS, name))
        for name, content in PARTS.items()
    },
    **{
        f"articles, {name}": (
            "mcd",
            "current_article.zip",
            content,
            lambda content, name=name: mcd_files.export({**ARTICLES, name: content}),
        )
        for name, content in ARTICLES.items()
    },
}
"""A file, and what makes a download of it."""
QUARTERS = {"mue": "2026Q4", "pos": "2027Q3", "icd10cm": "FY2028", "mcd": "2026-11-19"}
"""Of the kinds whose files don't name theirs."""
NASTY = (
    b"",
    b"\x00",
    b'"',
    b"\r\n",
    b"\t",
    b",",
    b"9" * 400,
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"-1",
    b"99999999",
    b"<!",
)


def taken(directory: Path, kind: str, name: str, content: bytes) -> int | None:
    """How many rows an importer reads; None where it refuses the file, in one line and with nothing kept."""
    file, editions = directory / name, directory / "editions"
    file.write_bytes(content)
    for old in editions.glob("*/*"):
        old.unlink()
    parts = ncci_files.ptp_parts(directory / "parts")[1:] if kind == "ncci-ptp" else []
    why = ""
    try:
        kept, _ = import_edition(editions, kind, [file, *parts], now=NOW, quarter=QUARTERS.get(kind))
    except ImportRefused as refused:
        why = str(refused)
    if not why:
        assert kept_editions(editions) == [kept]
        return kept.rows
    assert "\n" not in why
    assert len(why) < 500
    assert not kept_editions(editions)
    return None


@st.composite
def spoiled(draw: st.DrawFn, good: bytes) -> bytes:
    content = good
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        to = min(len(content), at + draw(st.integers(0, 40)))
        match draw(st.sampled_from(["cut", "drop", "put", "double", "bytes"])):
            case "cut":
                content = content[:at]
            case "drop":
                content = content[:at] + content[to:]
            case "put":
                content = content[:at] + draw(st.sampled_from(NASTY)) + content[to:]
            case "double":
                content = content[:to] + content[at:]
            case _:
                content = content[:at] + draw(st.binary(max_size=8)) + content[to:]
    return content


def test_each_kind_is_spoiled() -> None:
    assert {kind for kind, *_ in WRAPPED.values()} == KINDS.keys() - {"zip5"}


@pytest.mark.parametrize("what", WRAPPED)
def test_what_is_spoiled_is_refused_in_a_line_or_read(what: str, tmp_path: Path) -> None:
    kind, name, good, wrapped = WRAPPED[what]
    assert taken(tmp_path, kind, name, wrapped(good)), "it is read as it is"

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(spoiled(good).map(wrapped) | spoiled(wrapped(good)))
    def hold(content: bytes) -> None:
        taken(tmp_path, kind, name, content)

    hold()


@pytest.mark.parametrize("what", WRAPPED)
def test_a_zip_that_is_cut_off_anywhere_is_refused(what: str, tmp_path: Path) -> None:
    kind, name, good, wrapped = WRAPPED[what]
    whole = wrapped(good)
    for end in _ends(len(whole)):
        assert taken(tmp_path, kind, name, whole[:end]) is None, end


@pytest.mark.parametrize("what", PLAIN)
def test_a_file_that_is_cut_off_within_a_line_is_refused(what: str, tmp_path: Path) -> None:
    kind, name, good = PLAIN[what]
    for end in _ends(len(good)):
        rows = taken(tmp_path, kind, name, good[:end])
        assert rows is None or good[:end].endswith((b"\n", b"\r", b"\x1a")), end


def _ends(length: int) -> Sequence[int]:
    """Places in a file: all of the end, where a zip has its directory, and some of the rest."""
    return [*range(0, length - 100, max(1, length // 40)), *range(max(0, length - 100), length)]
