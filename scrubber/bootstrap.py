"""The one place where the parts are put together: ``build(settings) -> Scrubber``."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from ipaddress import ip_address
from time import monotonic
from typing import TYPE_CHECKING, Final

from scrubber.edits.catalog import EDITS, RULESET
from scrubber.engine import Engine, build_engine
from scrubber.importers.payer_rules import RuleBook, read_rule_book, read_rules
from scrubber.importers.payer_rules import stamp as stamp_of_rules
from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import build_snapshot, is_current, is_named, open_snapshot, stamp
from scrubber.payers import Rule, compile_rule, digest_of
from scrubber.reference import Payers, Sections, Snapshot, SnapshotDamaged, read_snapshot
from scrubber.risk import RiskModel, amounts_allowed
from scrubber.rule import Edit
from scrubber.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine as Database

    from scrubber.batch.workshop import Workshop

_LOG = logging.getLogger("scrubber.reference")

SETTLED_SECONDS = 1.0
"""How long files of payer rules stay as they are before they are read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubber:
    """A ready scrubber: the same for the API, the workers and the command line."""

    settings: Settings
    engine: Engine
    reference: Snapshot
    catalog: tuple[Edit, ...]
    rule_book: RuleBook


def build(
    settings: Settings, tell: Callable[[str], None] = lambda _text: None, *, verify: bool = False
) -> Scrubber:
    """Put a scrubber together; builds the reference snapshot first where there is none for the data at hand.

    ``tell`` is called with one line when that takes a while. ``verify`` reads every byte of the snapshot, as a
    service should that then runs for weeks. Today is the present day in UTC; ``engine.on`` gives
    the engine of another day. Raises OSError, SnapshotDamaged or an importer's error, each with a clear text.
    """
    have_snapshot(settings, tell)
    return _opened(settings, verify=verify)


def have_snapshot(settings: Settings, tell: Callable[[str], None]) -> None:
    """Build the reference snapshot where there is none for the data at hand; ``tell`` is then called first."""
    if not is_current(settings.lcd_data_dir, settings.snapshots):
        tell("Building the reference snapshot (once, a few seconds) ...")
        build_snapshot(settings.lcd_data_dir, settings.snapshots)


def _opened(settings: Settings, *, verify: bool) -> Scrubber:
    rule_book = read_rule_book(settings.payer_rules_dir)
    payers = rule_book.known.payers
    reference = open_snapshot(settings.snapshots, payers, datetime.now(UTC).date(), verify=verify)
    engine = _engine(reference, rule_book.rules)
    return Scrubber(
        settings=settings,
        engine=engine,
        reference=reference,
        catalog=engine.plan.edits,
        rule_book=rule_book,
    )


def engine_over(sections: Sections, rule_book: RuleBook, as_of: date) -> Engine:
    """The engine that ``build`` would give if this snapshot and these payer rules were the current ones."""
    return _engine(read_snapshot(sections, rule_book.known.payers, as_of), rule_book.rules)


def catalog(settings: Settings) -> tuple[Edit, ...]:
    """Every edit: those of the program and the payer rules. Raises an importer's error if those can't be used."""
    directory = settings.payer_rules_dir
    return _catalog(read_rules(directory, read_payers(directory)))


def _catalog(rules: Sequence[Rule]) -> tuple[Edit, ...]:
    return (*EDITS, *map(compile_rule, rules))


def _ruleset(rules: Sequence[Rule], payers: Payers) -> str:
    """The version of the rules as a whole: that of the program's edits, with the digest of payers and their rules."""
    return f"{RULESET}+{digest_of(rules, payers.profiles)}" if payers.profiles else RULESET


def _engine(reference: Snapshot, rules: Sequence[Rule]) -> Engine:
    if reference.denial_priors is None:
        raise SnapshotDamaged("the reference snapshot has no denial rates: run scrubber reference build")
    assess = RiskModel(reference.denial_priors, allowed=amounts_allowed(reference)).assess
    return build_engine(_catalog(rules), reference, _ruleset(rules, reference.payers), assess=assess)


class Changing(Exception):
    """Files changed while they were read."""


def _opened_unchanged(settings: Settings) -> Scrubber:
    """The scrubber as it is now, every byte of its snapshot checked. Raises Changing besides what opening it raises."""
    scrubber = _opened(settings, verify=True)
    if stamp_of_rules(settings.payer_rules_dir) != scrubber.rule_book.stamp:
        raise Changing("payer rules were changed while they were read")
    return scrubber


class Renewal:
    """Keeps a running service up with the reference snapshot that is current, and with the payers' rules.

    ``scrubber`` is the one to use. ``refused`` says why something newer was not taken, None where nothing was refused.
    """

    def __init__(self, scrubber: Scrubber) -> None:
        self.scrubber = scrubber
        self.refused: str | None = None
        self._snapshot = stamp(scrubber.settings.snapshots) if self._has_current() else None
        self._rules = self._rules_seen = scrubber.rule_book.stamp
        self._since = 0.0

    def due(self) -> bool:
        """Whether a snapshot was made current since this was last asked, or the files of rules are others.

        Files are copied one by one: they count once they have stayed as they are for ``SETTLED_SECONDS``. Costs a look
        at every file.
        """
        settings = self.scrubber.settings
        snapshot, rules = stamp(settings.snapshots), stamp_of_rules(settings.payer_rules_dir)
        if rules != self._rules_seen:
            self._rules_seen, self._since = rules, monotonic()
        if monotonic() - self._since < SETTLED_SECONDS:
            rules = self._rules
        due = (snapshot, rules) != (self._snapshot, self._rules)
        self._snapshot, self._rules = snapshot, rules
        return due

    def renew(self) -> bool:
        """Take the snapshot that is current now, every byte of it checked, and the payers' rules as they are.

        Whether they were taken: both or neither. What can't be used is refused and logged in one line: the present
        scrubber then goes on.
        """
        before, settings = self.scrubber, self.scrubber.settings
        self._snapshot, self._rules = stamp(settings.snapshots), stamp_of_rules(settings.payer_rules_dir)
        try:
            scrubber = _opened_unchanged(settings)
        except Exception as fault:  # whatever it is: a service that runs goes on
            self.refused = _told(fault)
            why = {"why": self.refused, **_named(before)}
            _LOG.error("what is new is refused, the old goes on", extra={"fields": why})
            return False
        self.scrubber, self.refused = scrubber, None
        fields = {**_named(scrubber), "before": _named(before)}
        _LOG.info("reference snapshot and payer rules taken", extra={"fields": fields})
        return True

    def _has_current(self) -> bool:
        try:
            return is_named(self.scrubber.settings.snapshots, self.scrubber.reference.digest)
        except (SnapshotDamaged, OSError):
            return False


def _named(scrubber: Scrubber) -> dict[str, str]:
    return {"reference": scrubber.reference.digest, "ruleset": scrubber.engine.ruleset}


def _told(fault: Exception) -> str:
    """The text of a fault that was foreseen; of any other its kind."""
    if isinstance(fault, OSError) or type(fault).__module__.startswith("scrubber."):
        return " ".join(str(fault).split())
    return type(fault).__name__


REDIS_SECONDS: Final = 1
"""How long a request waits for Redis, twice at most: without it a batch is found in the database all the same."""


def open_workshop(settings: Settings, engine: Engine, *, for_requests: bool = False) -> "Workshop":
    """What batches are worked with. Connects to the database alone: its tables are brought up, its secret is there.

    ``for_requests`` gives Redis up after a moment, where a worker waits for it for the better part of a minute.
    Raises DatabaseUnusable, SealBroken, BlobsUnusable or OSError, each with a clear text. What it needs is imported
    here: the command line checks a claim without it.
    """
    from redis import Redis  # noqa: PLC0415
    from redis.backoff import ExponentialWithJitterBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    from scrubber.batch.workshop import Workshop  # noqa: PLC0415
    from scrubber.store.blobs import open_blobs  # noqa: PLC0415
    from scrubber.store.sealing import Sealing  # noqa: PLC0415

    return Workshop(
        settings=settings,
        engine=engine,
        database=open_store(settings),
        blobs=open_blobs(settings.blobs, Sealing(settings.encryption_keys)),
        redis=Redis.from_url(
            settings.redis_url or "redis://localhost:6379",
            # A client of a URL does not try again by itself.
            retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=1), 1 if for_requests else 10),
            **(
                {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
                if for_requests
                else {}
            ),
        ),
    )


class KeysMissing(Exception):
    """Others than this machine would reach a service that asks nobody who they are. The message says what to do."""


def open_store(settings: Settings) -> "Database":
    """The database, its tables brought up, its secret there. Raises DatabaseUnusable and SealBroken."""
    from scrubber.store.database import open_database, upgrade  # noqa: PLC0415
    from scrubber.store.hashing import have_secret  # noqa: PLC0415
    from scrubber.store.sealing import Sealing  # noqa: PLC0415

    database = open_database(settings.database, Sealing(settings.encryption_keys))
    upgrade(database)
    have_secret(database)
    database.dispose()
    return database


def check_binding(database: "Database", hosts: Sequence[str]) -> bool:
    """Whether the service at these addresses asks for keys. Raises KeysMissing where it has to, and there are none."""
    from scrubber.store.database import reading  # noqa: PLC0415
    from scrubber.store.keys import has_keys  # noqa: PLC0415

    with reading(database) as connection:
        closed = has_keys(connection)
    database.dispose()
    beyond = [host for host in hosts if not _is_loopback(host)]
    if beyond and not closed:
        raise KeysMissing(
            f"without an API key the service answers on 127.0.0.1 only, not on {beyond[0]}: make one with "
            "`scrubber keys create`"
        )
    return closed


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
