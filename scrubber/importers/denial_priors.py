"""``lcd_data/denial_priors.csv`` → the section of the denial rates that are assumed before any remittance is read."""

import csv
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.reference.denial_priors import BY_SEVERITY, UNSEEN, DenialPrior, pack_denial_priors

# The edition of our own table: changed with the file.
EDITION = "2026-11"
COLUMNS = ("edit", "probability", "strength", "fixed_by", "basis", "reason", "source", "url")
NEEDED = (UNSEEN, *(f"{BY_SEVERITY}{severity}" for severity in ("reject", "deny", "review", "info")))


def read_denial_priors(lcd_data: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The section ``denial_priors`` and its edition.

    Raises ImportRefused naming file and line, OSError if the file can't be read.
    """
    path = lcd_data / "denial_priors.csv"
    rows: dict[str, DenialPrior] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, restval="")
        if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
            raise ImportRefused(f"{path.name}, line 1: there is no column {missing[0]}")
        for fields in reader:
            place, key = f"{path.name}, line {reader.line_num}", fields["edit"]
            if not key or key in rows:
                raise ImportRefused(f"{place}: {key or 'an edit'} is {'there twice' if key else 'missing'}")
            try:
                rows[key] = _prior(fields)
            except ValueError as wrong:
                raise ImportRefused(f"{place}: {wrong}") from None
    if lacking := [key for key in NEEDED if key not in rows]:
        raise ImportRefused(f"{path.name}: there is no row {lacking[0]}")
    return {"denial_priors": pack_denial_priors(rows)}, {"denial_priors": EDITION}


def _prior(fields: dict[str, str]) -> DenialPrior:
    told: dict[str, object] = {
        column: fields[column] or None for column in ("fixed_by", "basis", "reason", "source", "url")
    }
    told |= {column: float(fields[column]) for column in ("probability", "strength")}
    prior = msgspec.convert(told, DenialPrior)
    if not 0 < prior.probability < 1:
        raise ValueError("probability lies between 0 and 1")
    if not 0 < prior.strength <= 1000:
        raise ValueError("strength is a number of lines up to 1000")
    if (prior.basis == "source") != bool(prior.source and prior.url):
        raise ValueError("source and url are given where the basis is source, and only there")
    return prior
