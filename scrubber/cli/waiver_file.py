"""``--waivers FILE``: waivers for files of claims, as YAML or JSON."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
import yaml

from scrubber.engine import Engine, NewWaiver, Waiver, Waivers, waiver_faults


class WaiversRefused(click.ClickException):
    """A file of waivers can't be used. The message is one line for the user."""


def read_waivers(file: Path, engine: Engine) -> Waivers:
    """The waivers in a file: a list, each with the fields of ``NewWaiver``. Raises WaiversRefused.

    One that is over on the engine's day stays without effect, which is told on stderr.
    """
    try:
        listed: Any = yaml.safe_load(file.read_bytes())
    except (yaml.YAMLError, ValueError):
        raise WaiversRefused(f"{file} is neither YAML nor JSON") from None
    if not isinstance(listed, list):
        raise WaiversRefused(f"{file} is not a list of waivers")
    edits = {edit.id: edit.name for edit in engine.plan.edits}
    profiles = [profile.id for profile in engine.reference.payers.profiles]
    waivers = [
        _read(f"{file}, waiver {place}", terms, edits, profiles) for place, terms in enumerate(listed, 1)
    ]
    over = sum(waiver.until < engine.reference.as_of for waiver in waivers)
    if over:
        click.echo(f"{file}: {over} of {len(waivers)} waivers are over.", err=True)
    return Waivers(waivers)


def _read(place: str, terms: Any, edits: Mapping[str, str], profiles: Collection[str]) -> Waiver:
    try:
        waiver = msgspec.convert(terms, NewWaiver)
    except msgspec.ValidationError as error:
        # YAML takes 05102 and 1234567893 for numbers.
        quoted = "; write it in quotes" if "Expected `str" in str(error) and "got `int" in str(error) else ""
        raise WaiversRefused(f"{place}: {error}{quoted}") from None
    for fault in waiver_faults(waiver, edits, profiles):
        raise WaiversRefused(f"{place}: {fault.field}: {fault.message}")
    return Waiver(**msgspec.structs.asdict(waiver))
