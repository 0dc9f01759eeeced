"""The one place where the parts are put together: ``build(settings) -> Scrubber``."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from scrubber.edits.catalog import EDITS, RULESET
from scrubber.engine import Engine, build_engine
from scrubber.importers.payer_rules import read_rules
from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import build_snapshot, is_current, is_named, open_snapshot, stamp
from scrubber.payers import Rule, compile_rule, digest_of
from scrubber.reference import Sections, Snapshot, SnapshotDamaged, read_snapshot
from scrubber.risk import RiskModel
from scrubber.rule import Edit
from scrubber.settings import Settings

if TYPE_CHECKING:
    from scrubber.batch.workshop import Workshop

_LOG = logging.getLogger("scrubber.reference")


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
    return _opened(settings, verify=verify)


def _opened(settings: Settings, *, verify: bool) -> Scrubber:
    payers = read_payers(settings.payer_rules_dir)
    reference = open_snapshot(settings.snapshots, payers, datetime.now(UTC).date(), verify=verify)
    engine = _engine(reference, read_rules(settings.payer_rules_dir, payers))
    return Scrubber(settings=settings, engine=engine, reference=reference, catalog=engine.plan.edits)


def engine_over(settings: Settings, sections: Sections, as_of: date) -> Engine:
    """The engine that ``build`` would give if the opened snapshot were the current one."""
    payers = read_payers(settings.payer_rules_dir)
    return _engine(read_snapshot(sections, payers, as_of), read_rules(settings.payer_rules_dir, payers))


def catalog(settings: Settings) -> tuple[Edit, ...]:
    """Every edit: those of the program and the payer rules. Raises an importer's error if those can't be used."""
    directory = settings.payer_rules_dir
    return _catalog(read_rules(directory, read_payers(directory)))


def _catalog(rules: Sequence[Rule]) -> tuple[Edit, ...]:
    return (*EDITS, *map(compile_rule, rules))


def _ruleset(rules: Sequence[Rule]) -> str:
    """The version of the rules as a whole: that of the program's edits, with the digest of the payer rules."""
    return f"{RULESET}+{digest_of(rules)}" if rules else RULESET


def _engine(reference: Snapshot, rules: Sequence[Rule]) -> Engine:
    if reference.denial_priors is None:
        raise SnapshotDamaged("the reference snapshot has no denial rates: run scrubber reference build")
    assess = RiskModel(reference.denial_priors).assess
    return build_engine(_catalog(rules), reference, _ruleset(rules), assess=assess)


class Renewal:
    """Keeps a running service up with the snapshot that is current.

    ``scrubber`` is the one to use. ``refused`` says why a newer snapshot was not taken, None where none was refused.
    """

    def __init__(self, scrubber: Scrubber) -> None:
        self.scrubber = scrubber
        self.refused: str | None = None
        seen = self._stamp()
        self._seen = seen if self._has_current() else None

    def due(self) -> bool:
        """Whether a snapshot was made current since this was last asked. Costs one look at a file."""
        before, self._seen = self._seen, self._stamp()
        return self._seen != before

    def renew(self) -> bool:
        """Take the snapshot that is current now, every byte of it checked, and the payers' rules as they are.

        Whether it was taken. What can't be used is refused and logged in one line: the present scrubber then goes on.
        """
        self._seen = self._stamp()
        before = self.scrubber.reference.digest
        try:
            self.scrubber = _opened(self.scrubber.settings, verify=True)
        except Exception as fault:  # whatever it is: a service that runs goes on
            self.refused = _told(fault)
            _LOG.error(
                "the new reference snapshot is refused, the old one goes on",
                extra={"fields": {"why": self.refused, "reference": before}},
            )
            return False
        self.refused = None
        fields = {"reference": self.scrubber.reference.digest, "before": before}
        _LOG.info("reference snapshot taken", extra={"fields": fields})
        return True

    def _stamp(self) -> tuple[int, int] | None:
        return stamp(self.scrubber.settings.snapshots)

    def _has_current(self) -> bool:
        try:
            return is_named(self.scrubber.settings.snapshots, self.scrubber.reference.digest)
        except (SnapshotDamaged, OSError):
            return False


def _told(fault: Exception) -> str:
    """The text of a fault that was foreseen; of any other its kind."""
    if isinstance(fault, OSError) or type(fault).__module__.startswith("scrubber."):
        return " ".join(str(fault).split())
    return type(fault).__name__


def open_workshop(settings: Settings, engine: Engine) -> "Workshop":
    """What batches are worked with. Connects to nothing yet, but for a database that needs its tables brought up.

    Raises DatabaseUnusable, BlobsUnusable or OSError, each with a clear text. What it needs is imported here: the
    command line checks a claim without it.
    """
    from redis import Redis  # noqa: PLC0415
    from redis.backoff import ExponentialWithJitterBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    from scrubber.batch.workshop import Workshop  # noqa: PLC0415
    from scrubber.store.blobs import open_blobs  # noqa: PLC0415
    from scrubber.store.database import open_database, upgrade  # noqa: PLC0415

    database = open_database(settings.database)
    upgrade(database)
    database.dispose()
    return Workshop(
        settings=settings,
        engine=engine,
        database=database,
        blobs=open_blobs(settings.blobs),
        # It goes on where Redis was away for some seconds; without this, a client of a URL does not try again.
        redis=Redis.from_url(
            settings.redis_url or "redis://localhost:6379",
            retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=1), 10),
        ),
    )
