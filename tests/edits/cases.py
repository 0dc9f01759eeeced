"""The pass and fail cases of the edits: YAML beside the tests, one runner.

A file ``tests/edits/<family>/<ID>.yaml`` holds ``edit: <ID>`` and ``cases``, each with

* ``name``  what the case shows;
* ``claim`` what differs from ``base_claim.yaml``: mappings are merged, ``lines`` are merged one by one over the base
  line (so a second line needs only what differs), any other list or value replaces; ``~`` (null) clears a value;
* ``earlier`` claims that were scrubbed before, likewise, of the same batch or, with ``batch`` (a name), of another;
  ``held`` and ``decided`` say what became of those; only for edits that look back;
* ``as_of`` the day of scrubbing, 2026-03-10 when not given;
* exactly one of ``passes: true``, ``not_evaluated: <reason>``, ``not_applicable: true``, or ``fails:`` a list of
  ``{pointer, severity?, says?, carc?, because?}``: exactly these findings of the edit, in order; ``says`` is a text
  or list of texts the message contains, ``because`` a subset of the finding's facts.
"""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
DEFAULT_AS_OF = date(2026, 3, 10)


def base_claim() -> dict[str, Any]:
    """The claim every case starts from, as JSON-like data."""
    loaded: dict[str, Any] = yaml.safe_load((HERE / "base_claim.yaml").read_text())
    return loaded


def merged(base: dict[str, Any], difference: dict[str, Any]) -> dict[str, Any]:
    """The base claim with the difference of a case."""
    claim = _merged(base, difference)
    if "lines" in difference:
        claim["lines"] = [_merged(base["lines"][0], line) for line in difference["lines"]]
    return claim


def case_files() -> list[Path]:
    """Every case file, in order."""
    return sorted(path for path in HERE.glob("*/*.yaml"))


def load(path: Path) -> dict[str, Any]:
    """One case file."""
    loaded: dict[str, Any] = yaml.load(path.read_bytes(), yaml.CSafeLoader)  # the quick one
    return loaded


def _merged(base: Any, difference: Any) -> Any:
    if isinstance(base, dict) and isinstance(difference, dict):
        return {
            key: _merged(base.get(key), difference.get(key, base.get(key))) for key in {**base, **difference}
        }
    return difference
