"""The page of ``scrubber rules diff``: needs nothing else, as the report's does not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO

from msgspec import Struct

from scrubber.cli.claim_changes import ClaimChange, Tally
from scrubber.cli.rule_changes import Change
from scrubber.engine.comparison import FindingChange
from scrubber.report.forms.html import template


class Compared(Struct, frozen=True, kw_only=True):
    """What was compared, before and after, on which files, and when."""

    names: tuple[str, str]
    rulesets: tuple[str, str]
    files: tuple[str, ...]
    made_at: datetime


def write_page(
    compared: Compared,
    changes: Sequence[Change],
    tally: Tally,
    examples: Mapping[str, Sequence[tuple[ClaimChange, FindingChange]]],
    out: IO[bytes],
) -> None:
    """Write the page. ``examples`` are findings that differ, by rule."""
    page = template("rule_changes.html.j2")
    for part in page.generate(compared=compared, changes=changes, tally=tally, examples=examples):
        out.write(part.encode())
