from pathlib import Path

import pytest

from scrubber.engine import Engine
from scrubber.importers import ImportRefused
from scrubber.importers.code_notes import read_code_notes
from scrubber.reference.code_page import code_page


def test_the_page_of_a_code_says_where_other_pages_are_wrong(engine: Engine) -> None:
    page = code_page(engine.reference, "m53.81", engine.reference.as_of)
    assert page is not None
    told = " ".join(remark.note for remark in page.remarks)
    assert "none of its four groups" in told
    assert "M53.89 does not exist" in told
    assert all(remark.source.url.startswith("https://") for remark in page.remarks)
    other = code_page(engine.reference, "M54.2", engine.reference.as_of)
    assert other is not None
    assert other.remarks == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- codes: [M53.81]\n  note: x\n", "source"),
        ("- codes: M53.81\n  note: x\n  source: {title: t, url: u, edition: e}\n", "codes"),
        ("- {codes: [", "code_notes.yaml"),
    ],
)
def test_a_broken_file_is_refused_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "code_notes.yaml").write_text(text)
    with pytest.raises(ImportRefused, match=told) as refused:
        read_code_notes(tmp_path)
    assert "\n" not in str(refused.value)
