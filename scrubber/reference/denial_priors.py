"""What is thought of each edit before any remittance is read: how often its findings are denied, who can mend them."""

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from scrubber.reference.container import Sections

FixedBy = Literal["front-desk", "coder", "clinician", "biller", "nobody"]
"""Who can put right what a finding tells, so that the service is paid; nobody where no correct claim would be."""

UNSEEN = "unseen"
"""The row for what no edit sees: eligibility, authorization, another insurer that pays first."""

BY_SEVERITY = "severity:"
"""Rows that begin so stand in for an edit without a row, such as a payer's own rule."""


class DenialPrior(Struct, frozen=True, kw_only=True):
    """The denial rate of a finding as first assumed.

    ``probability`` is that of its line being denied for it; ``strength`` is how many decided lines that is worth.
    ``basis`` says whether a source states it; ``reason`` is one line for a person.
    """

    probability: float
    strength: float
    fixed_by: FixedBy
    basis: Literal["judgement", "source"]
    reason: str
    source: str | None = None
    url: str | None = None


class DenialPriors:
    """The priors, by the keys of ``key``."""

    def __init__(self, rows: Mapping[str, DenialPrior]) -> None:
        self.rows = rows

    @classmethod
    def read(cls, sections: Sections) -> "DenialPriors":
        """The priors in their section."""
        return cls(msgspec.json.decode(sections["denial_priors"], type=dict[str, DenialPrior]))

    def key(self, edit: str, severity: str) -> str:
        """What a finding's rate is kept under: ``PTP601:review`` where the softer finding has a row, else the edit."""
        softer = f"{edit}:{severity}"
        return softer if softer in self.rows else edit

    def of(self, key: str, severity: str = "review") -> DenialPrior:
        """The prior of a key; of an edit that has none, the one of its severity."""
        return self.rows.get(key) or self.rows[BY_SEVERITY + severity]

    def fixed_by(self, edit: str) -> FixedBy:
        """Who can mend what an edit finds; the biller finds out where the edit has no row."""
        row = self.rows.get(edit)
        return row.fixed_by if row else "biller"


def pack_denial_priors(rows: Mapping[str, DenialPrior]) -> bytes:
    """The section of the priors."""
    return msgspec.json.encode(dict(sorted(rows.items())))
