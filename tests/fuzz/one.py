"""One target under atheris: ``python -m tests.fuzz.one TARGET [libFuzzer arguments]``."""

import sys

import atheris

with atheris.instrument_imports(include=["scrubber"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    program, target, *arguments = sys.argv
    atheris.Setup([program, *arguments], TARGETS[target])
    atheris.Fuzz()
