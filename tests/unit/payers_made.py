"""Claims for payers, and files of payers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from scrubber.claim import Claim


def claim_to(
    *,
    state: str | None = None,
    facility: str | None = None,
    procedure: str = "98940",
    modifiers: Sequence[str] = (),
    **payer: str,
) -> Claim:
    """A claim to a payer, billed from a state; ``facility`` is the state of its service facility."""
    data: dict[str, Any] = {
        "claim_id": "T-1",
        "payer": payer,
        "billing_provider": {"address": {"state": state}} if state else {},
        "service_facility": {"address": {"state": facility}} if facility else None,
        "lines": [
            {
                "procedure": procedure,
                "modifiers": modifiers,
                "service_date": "2026-03-02",
                "charge": "45.00",
            }
        ],
    }
    return msgspec.convert(data, Claim, strict=False)


def write_payers(directory: Path, **payers: dict[str, Any]) -> None:
    """``payer.yaml`` of each of these, with what it must have besides."""
    for name, data in payers.items():
        (directory / name).mkdir(exist_ok=True)
        told = {"id": name, "name": name.title()}
        if "inherits" not in data:
            told["program"] = "commercial"
        (directory / name / "payer.yaml").write_text(yaml.safe_dump(told | data))
