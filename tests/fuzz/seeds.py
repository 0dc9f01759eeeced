"""What the fuzzer starts from: the small files of the guide and the tests, and made-up ones."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from scrubber.intake.x12 import x221, x222
from tests.benchmarks.x12_835 import remittance_file
from tests.benchmarks.x12_837 import claim_file

ROOT = Path(__file__).parents[2]
FILES = (
    "docs/guide/samples/*.json",
    "tests/golden/intake/*.csv",
    "tests/golden/intake/*.json",
    "tests/golden/x12/*.8*",
)
FORMATS = {"claims_837": ".837", "payments_835": ".835"}
"""Targets that read one format only; the others take every file."""


def seeds(target: str) -> Iterator[bytes]:
    """The files a target starts from."""
    ending = FORMATS.get(target, "")
    files = {path.name: path.read_bytes() for glob in FILES for path in sorted(ROOT.glob(glob))}
    files["made.837"] = b"".join(claim_file(3))
    files["made.835"] = b"".join(remittance_file(3))
    files["lines.837"] = files["everything.837"].replace(b"~\n", b"\n").replace(b"*", b"|")
    samples = [json.loads(content) for name, content in files.items() if name.endswith(".json")]
    files["samples.ndjson"] = "\n".join(map(json.dumps, samples)).encode()
    files["samples.json"] = json.dumps(samples, indent=1).encode()
    files["made.837.gz"] = gzip.compress(files["made.837"], mtime=0)
    yield from (content for name, content in files.items() if name.endswith(ending))


def words() -> Iterator[str]:
    """Byte strings worth putting in, as lines of a libFuzzer dictionary."""
    yield from (f'"~{id_}*"' for id_ in sorted(x222.IDS | x221.IDS | {"ISA", "GS", "ST", "SE", "GE", "IEA"}))
    yield from (f'"{word}"' for word in ("**", "~~", "\\x0d\\x0a", "\\xef\\xbb\\xbf", "\\x1f\\x8b"))
