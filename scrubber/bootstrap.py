"""The one place where the parts are put together: ``build(settings) -> Scrubber``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from scrubber.edits.catalog import EDITS, RULESET
from scrubber.engine import Engine, build_engine
from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import build_snapshot, is_current, open_snapshot
from scrubber.reference import Snapshot
from scrubber.rule import Edit
from scrubber.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubber:
    """A ready scrubber: the same for the API, the workers and the command line."""

    settings: Settings
    engine: Engine
    reference: Snapshot
    catalog: tuple[Edit, ...]


def build(
    settings: Settings, tell: Callable[[str], None] = lambda _text: None, *, verify: bool = False
) -> Scrubber:
    """Put a scrubber together; builds the reference snapshot first where there is none for the data at hand.

    ``tell`` is called with one line when that takes a while. ``verify`` reads every byte of the snapshot, as a
    service should that then runs for weeks. Today is the present day in UTC; ``engine.on`` gives
    the engine of another day. Raises OSError, SnapshotDamaged or an importer's error, each with a clear text.
    """
    if not is_current(settings.lcd_data_dir, settings.snapshots):
        tell("Building the reference snapshot (once, a few seconds) ...")
        build_snapshot(settings.lcd_data_dir, settings.snapshots)
    payers = read_payers(settings.payer_rules_dir)
    reference = open_snapshot(settings.snapshots, payers, datetime.now(UTC).date(), verify=verify)
    engine = build_engine(EDITS, reference, RULESET)
    return Scrubber(settings=settings, engine=engine, reference=reference, catalog=engine.plan.edits)
