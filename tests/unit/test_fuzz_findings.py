"""What ``make fuzz`` has found, made small: each input once broke the target it is given to."""

import pytest

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

FINDINGS = [
    # a segment ISA that begins no interchange, for it is not whole, was taken for the place of the separators
    ("cut_up", b"ISA****************:~ISA*~ST*"),
]


@pytest.mark.parametrize(("target", "data"), FINDINGS)
def test_what_was_found(target: str, data: bytes) -> None:
    TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_what_the_fuzzer_starts_from(target: str) -> None:
    given = list(seeds(target))
    assert len(given) > 1
    for data in given:
        TARGETS[target](data)
