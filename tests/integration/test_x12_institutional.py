"""Institutional files as another reader (pyx12, which knows 005010X223A2) takes them."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from scrubber.cli.acknowledge import acknowledge
from tests.unit.test_x12_institutional import CLAIM, LEAST, ROOM, SERVICE
from tests.unit.x12_files import institutional, read, write

Told = set[tuple[str, str]]
"""Segment and code of each fault of a segment; of a segment with faulty elements 8."""


@pytest.fixture
def told_by_pyx12(tmp_path: Path) -> Callable[[list[str]], Told]:
    """What pyx12 writes into its 999."""
    pytest.importorskip("pyx12", reason="pyx12 is not installed")
    from pyx12.params import ParamsBase  # noqa: PLC0415
    from pyx12.x12n_document import x12n_document  # noqa: PLC0415

    def told(segments: list[str]) -> Told:
        file, answer = tmp_path / "claims.837", StringIO()
        file.write_bytes(write(segments))
        x12n_document(ParamsBase(), str(file), answer, None)
        found = [line.rstrip("~\n").split("*") for line in answer.getvalue().splitlines()]
        return {(elements[1], elements[4]) for elements in found if elements[0] == "IK3"}

    return told


@pytest.mark.parametrize(
    "segments",
    [
        [*CLAIM, *ROOM, *SERVICE],
        [*LEAST, *SERVICE],
        [*LEAST[:3], *SERVICE],
        [LEAST[0], *LEAST[2:], *SERVICE],
        [*LEAST[:2], *LEAST[3:], *SERVICE],
        [LEAST[0].replace(":A:", ":B:"), *LEAST[1:], *SERVICE],
        [*LEAST, "LX*1", "SV2**HC:72100*50*UN*1"],
        [*LEAST, *CLAIM[19:21], *CLAIM[19:21], *SERVICE],
    ],
)
def test_faults_are_those_of_another_reader(
    told_by_pyx12: Callable[[list[str]], Told], segments: list[str]
) -> None:
    file = institutional(segments)
    _, faults = read(file)
    ours = {(fault.segment or "", "8" if fault.element else fault.code) for fault in faults}
    assert ours == told_by_pyx12(file)


def test_our_answer_is_one_for_another_reader(tmp_path: Path) -> None:
    pytest.importorskip("pyx12", reason="pyx12 is not installed")
    from pyx12.params import ParamsBase  # noqa: PLC0415
    from pyx12.x12n_document import x12n_document  # noqa: PLC0415

    file = write(institutional([*CLAIM, *ROOM], [*LEAST[:3], *SERVICE]))
    told = CliRunner().invoke(acknowledge, ["-", "--form", "999"], input=file)
    assert "AK2*837*0001*005010X223A2~" in told.stdout.splitlines()
    answer = tmp_path / "answer.x12"
    answer.write_text(told.stdout)
    assert x12n_document(ParamsBase(), str(answer), None, None)
