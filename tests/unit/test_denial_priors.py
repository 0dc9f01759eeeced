"""``denial_priors.csv`` → the table, and what it refuses."""

from pathlib import Path

import msgspec
import pytest

from scrubber.engine import Engine
from scrubber.importers import ImportRefused
from scrubber.importers.denial_priors import COLUMNS, NEEDED, read_denial_priors
from scrubber.reference.denial_priors import DenialPrior, DenialPriors


def written(directory: Path, *rows: str, header: str = ",".join(COLUMNS)) -> Path:
    needed = [f"{key},0.3,2,biller,judgement,because,," for key in NEEDED]
    (directory / "denial_priors.csv").write_text("\n".join([header, *needed, *rows]) + "\n")
    return directory


def test_the_rows_that_come_with_the_program(engine: Engine) -> None:
    priors = engine.reference.denial_priors
    assert priors
    assert (
        priors.of(priors.key("PTP601", "deny")).probability
        > priors.of(priors.key("PTP601", "review")).probability
    )
    assert priors.key("COV703", "deny") == "COV703"
    assert priors.of("ACME-1", "reject") == priors.rows["severity:reject"]
    assert (priors.fixed_by("DTE204"), priors.fixed_by("ACME-1")) == ("nobody", "biller")
    assert all(len(row.reason.splitlines()) == 1 for row in priors.rows.values())
    assert all((row.url or "https://").startswith("https://") for row in priors.rows.values())


def test_a_sound_file(tmp_path: Path) -> None:
    sections, editions = read_denial_priors(
        written(tmp_path, "DX301,0.9,5,coder,source,because,a page,https://x")
    )
    rows = msgspec.json.decode(sections["denial_priors"], type=dict[str, DenialPrior])
    assert DenialPriors(rows).of("DX301").url == "https://x"
    assert editions == {"denial_priors": "2026-11"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",0.9,5,coder,judgement,because,,", "line 7: an edit is missing"),
        ("unseen,0.9,5,coder,judgement,because,,", "line 7: unseen is there twice"),
        ("DX301,1,5,coder,judgement,because,,", "line 7: probability"),
        ("DX301,high,5,coder,judgement,because,,", "line 7: .*high"),
        ("DX301,0.9,0,coder,judgement,because,,", "line 7: strength"),
        ("DX301,0.9,5,janitor,judgement,because,,", "line 7: .*janitor"),
        ("DX301,0.9,5,coder,judgement,,,", "line 7: .*reason"),
        ("DX301,0.9,5,coder,source,because,,", "line 7: source and url"),
        ("DX301,0.9,5,coder,judgement,because,a page,https://x", "line 7: source and url"),
    ],
)
def test_a_broken_row_is_refused_in_one_line(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(ImportRefused, match=told) as refused:
        read_denial_priors(written(tmp_path, row))
    assert "\n" not in str(refused.value)


def test_a_file_that_lacks_a_column_or_a_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="no column url"):
        read_denial_priors(written(tmp_path, header="edit,probability,strength,fixed_by,basis,reason,source"))
    (tmp_path / "denial_priors.csv").write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(ImportRefused, match="no row unseen"):
        read_denial_priors(tmp_path)
