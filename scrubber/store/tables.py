"""The tables. What stands here is what the newest migration makes; a test holds the two to each other."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    false,
    text,
)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zones, so there it is stored without."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC; without its zone where the database knows none."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - its signature
        """Always with the zone."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""A row's own number: SQLite numbers rows only in a column declared INTEGER."""

NEVER_AGAIN: dict[str, Any] = {"sqlite_autoincrement": True}
"""Of a table whose rows are removed: else SQLite gives the number of the last one to the next, and who still works on
what was removed would write into that. PostgreSQL gives none twice.
"""


class BatchKey(NamedTuple):
    """A batch as statements and rows name it: with its tenant, always."""

    tenant: str
    number: int


def of_batch(table: FromClause, batch: BatchKey) -> ColumnElement[bool]:
    """The rows of a batch."""
    return and_(table.c.tenant == batch.tenant, table.c.batch == batch.number)


def looked_up_last(column: ColumnElement[int]) -> ColumnElement[int]:
    """A number by which rows are compared and not looked up: as a sum, no index has it.

    SQLite plans without statistics. By a batch's number it would begin with the batches of a tenant and go through all
    claims of each, where a member or a claim id tells the few.
    """
    return column + 0


def _of_batch() -> tuple[Column[str], Column[int], ForeignKeyConstraint]:
    """What a row that hangs on a batch begins with: BatchKey. The database sees to it that both are of one batch."""
    return (
        Column("tenant", String(64), nullable=False),
        Column("batch", NUMBER, nullable=False),
        ForeignKeyConstraint(["tenant", "batch"], ["batches.tenant", "batches.number"], ondelete="CASCADE"),
    )


def _where(condition: str) -> dict[str, Any]:
    """Of an index: the rows it holds."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


BATCHES = Table(
    "batches",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("tenant", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("held_until", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("as_of", Date, nullable=False),
    Column("blob", String(64), nullable=False),
    Column("plain_blob", String(64)),
    Column("damage", Text),
    Column("upload_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("columns", Text),
    Column("format", String(16)),
    Column("chunks", Integer),
    Column("records", BigInteger),
    Column("summary", Text),
    Column("calibration", String(32)),
    Column("idempotency_key", String(255)),
    Column("callback_url", Text),
    Column("callback_state", String(16)),
    UniqueConstraint("tenant", "idempotency_key"),
    UniqueConstraint("tenant", "number"),
    Index(None, "state"),
    **NEVER_AGAIN,
)
"""An upload and what became of it. ``id`` is what users see; ``number`` is what other tables refer to.

``held_until``: until then a worker may be splitting it. ``attempts`` counts the tries of its present step.
``calibration`` names the denial rates its claims are scored with, None those the program comes with.
"""

CHUNKS = Table(
    "chunks",
    METADATA,
    *_of_batch(),
    Column("chunk", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("records", Integer, nullable=False),
    Column("cut", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("held_until", Moment),
    Column("held_by", String(80)),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("counts", Text),
    Column("waivers", String(40)),
    PrimaryKeyConstraint("batch", "chunk"),
)
"""A stretch of the upload that is scrubbed and stored at once. ``held_until``: until then a worker may be at it.

``held_by`` names the process that was at it last.
``waivers`` names the set of waivers it was scrubbed with, None where there were none.
"""

CHUNK_RESULTS = Table(
    "chunk_results",
    METADATA,
    *_of_batch(),
    Column("chunk", Integer, nullable=False),
    Column("lines", LargeBinary, nullable=False),
    Column("ending", LargeBinary, nullable=False),
    PrimaryKeyConstraint("batch", "chunk"),
)
"""The results of a chunk in the order of its records: NDJSON, deflated. ``ending`` is what all results end with."""

CLAIMS = Table(
    "claims",
    METADATA,
    *_of_batch(),
    Column("ordinal", BigInteger, nullable=False),
    Column("claim_id", Text, nullable=False),
    Column("disposition", String(10), nullable=False),
    Column("payer", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("charge", BigInteger, nullable=False),
    Column("first_day", Date),
    Column("probability", Float, nullable=False),
    Column("at_risk", BigInteger, nullable=False),
    Column("allowed_at_risk", BigInteger),
    Column("unevaluated", LargeBinary),
    Column("alike", BigInteger, nullable=False),
    Column("superseded", Boolean, nullable=False, server_default=false()),
    Column("fingerprint", LargeBinary),
    PrimaryKeyConstraint("batch", "ordinal"),
    Index(None, "batch", "disposition"),
    Index(None, "claim_id"),
    Index(
        "ix_claims_fingerprint",
        *("fingerprint", "batch", "ordinal", "tenant"),
        **_where("fingerprint IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)
"""A record of a batch, by its ordinal in the file: what results are looked up and figures are made by.

``charge`` and ``at_risk`` (the dollars expected to be denied) are in cents, and so is ``allowed_at_risk``: the same by
the amounts allowed, None where these are not known. ``probability`` is that of a denial, ``first_day`` the first day of
service. ``unevaluated`` names the row of the table of that name, None where every edit was evaluated. ``alike`` is one
number for claims of the same payer, provider, week, disposition and ``unevaluated``. ``superseded``: a later batch
has the claim again, and reports count it there. ``fingerprint`` is the same for two claims that bill the same services
(claim/fingerprint.py), keyed.
"""

UNEVALUATED = Table(
    "unevaluated",
    METADATA,
    *_of_batch(),
    Column("digest", LargeBinary, nullable=False),
    Column("edits", Text, nullable=False),
    PrimaryKeyConstraint("batch", "digest"),
)
"""What could not be evaluated of a claim: JSON of edit and reason, each once, in order. Few sets serve all claims."""

FINDINGS = Table(
    "findings",
    METADATA,
    *_of_batch(),
    Column("ordinal", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("edit", String(40), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("line", Integer),
    Column("carc", String(8)),
    Column("procedure", String(16)),
    Column("diagnosis", String(8)),
    Column("probability", Float, nullable=False),
    Column("at_risk", BigInteger, nullable=False),
    Column("waiver", BigInteger),
    Column("alike", BigInteger, nullable=False),
    PrimaryKeyConstraint("batch", "ordinal", "position"),
    Index(None, "batch", "edit"),
    Index("ix_findings_waiver", *("tenant", "waiver", "batch"), **_where("waiver IS NOT NULL")),
    sqlite_with_rowid=False,
)
"""A finding of a claim: what results are filtered and figures are made by. Its text is in the result.

``procedure`` and ``diagnosis`` are those of its line (the first line's where it concerns the claim), ``probability``
is that of a denial for it alone, ``at_risk`` its share in cents of the dollars its claim is expected to lose.
``waiver`` is the number of the waiver that covers it, None where it holds good. ``alike`` is one number for findings of
the same payer, provider, edit, severity, CARC, procedure and diagnosis that are waived or are not.
"""

CLAIM_HISTORY = Table(
    "claim_history",
    METADATA,
    *_of_batch(),
    Column("ordinal", BigInteger, nullable=False),
    Column("member", LargeBinary, nullable=False),
    Column("payer", Text, nullable=False),
    Column("medicare", Boolean, nullable=False),
    Column("provider", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("global_from", Date),
    Column("global_until", Date),
    Column("visits", Boolean, nullable=False),
    Column("services", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("frequency_code", String(20), nullable=False),
    Column("original", Text, nullable=False),
    Column("awaits", Text),
    PrimaryKeyConstraint("batch", "ordinal"),
    # All that is asked of the many claims of which nothing comes is answered by the index alone.
    Index(
        "ix_claim_history_member",
        *("member", "tenant", "visits", "first_day", "last_day", "global_from", "global_until"),
    ),
    # Of a member with very many claims, the few that open a period are found without the others.
    Index(
        "ix_claim_history_periods",
        *("member", "tenant", "global_until", "global_from", "first_day"),
        **_where("global_from IS NOT NULL"),
    ),
    Index(
        "ix_claim_history_lasting",
        *("member", "tenant", "global_until", "global_from", "first_day"),
        **_where("global_until > first_day"),
    ),
    sqlite_with_rowid=False,
)
"""The services a member had, by claim. ``member`` is a hash of the member's id and birth date, keyed; ``services`` is
JSON of rule.Service, all lines: a row a line would take three times as long to write. ``medicare`` is Medicare Part B,
``provider`` who gave the services. ``global_from`` and ``global_until`` are the first and last day on which the fee
schedule pays no further visit for one of them, None where there is no such; ``visits``: one of them is a visit; of a
void, which bills nothing, neither. ``account`` is whose money it is (rule.Remembered), ``original`` the claim that a
replacement or void names. ``awaits`` are the ids of edits that count in it once the batch is there, None mostly.
"""

REMITTANCES = Table(
    "remittances",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("tenant", String(64), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("held_until", Moment),
    Column("learned", BigInteger, nullable=False, server_default="0"),
    Column("told", Text),
    UniqueConstraint("tenant", "sha256"),
    **NEVER_AGAIN,
)
"""An 835; ``learned`` counts its lines that denial rates are learned from, ``told`` is JSON: what was found in it.

It counts for nothing until it is all in: then ``told`` is there. ``held_until``: until then somebody may be at it.
"""

OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("remittance", NUMBER, ForeignKey("remittances.number", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("claim_id", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("match", String(16), nullable=False),
    Column("batch", NUMBER, ForeignKey("batches.number", ondelete="SET NULL")),
    Column("ordinal", BigInteger),
    Column("payer", Text, nullable=False),
    Column("paid_by", Text, nullable=False),
    Column("procedure", String(16), nullable=False),
    Column("service_date", Date),
    Column("decided_on", Date, nullable=False),
    Column("in_force", Boolean, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("charge", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("denied", BigInteger, nullable=False),
    Column("adjustments", Text, nullable=False),
    Column("remark_codes", Text, nullable=False),
    Column("predicted", Float),
    Column("findings", Text, nullable=False),
    PrimaryKeyConstraint("remittance", "position"),
    Index(None, "tenant", "decided_on"),
    Index(None, "batch", "ordinal"),
    Index(None, "tenant", "claim_id"),
)
"""What a payer decided on a line; ``line`` 0 is a claim decided as a whole.

``match`` says how surely it belongs to the scrubbed claim ``batch``, ``ordinal``; ``payer`` is that claim's,
``paid_by`` whom the remittance names. ``in_force``: it is a decision of the payer the claim went to, and none took its
place or was taken back. Amounts are in cents; ``denied`` is what was not paid for a denial. ``adjustments`` is JSON:
group, reason, cents, whether it denies. ``predicted`` and ``findings`` (JSON: edit, severity, CARC) are what the
scrubber had said of the line: they stay when the batch is purged, and tell of nobody.
"""

CALIBRATIONS = Table(
    "calibrations",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("tenant", String(64), nullable=False),
    Column("name", String(32), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("remittances", Integer, nullable=False),
    Column("content", Text, nullable=False),
    UniqueConstraint("tenant", "name"),
)
"""Denial rates learned from outcomes, and how predictions did until then: JSON of risk.Calibration. None changes.

``remittances`` is how many it was learned from.
"""

WAIVERS = Table(
    "waivers",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("tenant", String(64), nullable=False),
    Column("edit", String(40), nullable=False),
    Column("payer", Text),
    Column("payer_profile", Text),
    Column("provider", Text),
    Column("claim_id", Text),
    Column("reason", Text, nullable=False),
    Column("by", String(120), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("until", Date, nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(120)),
    Index(None, "tenant", "withdrawn_at"),
)
"""Findings that someone answers for: which, on what, why, until when. A row stays for good.

It is changed twice at the most: when the waiver is withdrawn, and when the claim id in it is forgotten, which then is
empty. A scope that is None is not asked for.
"""

KEYS = Table(
    "keys",
    METADATA,
    Column("id", String(12), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("used_at", Moment),
)
"""API keys; ``digest`` is SHA-256 of the text of one, which is not kept. ``scopes`` are words with blanks between.

A row stays when its key is revoked: that there are keys at all is what closes the service to those without one.
"""

SECRETS = Table(
    "secrets",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)
"""What hashes of patients are keyed with (store/hashing.py): one row, made once, sealed where there is a key."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("who", String(120), nullable=False),
    Column("did", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Index(None, "tenant", "number"),
)
"""Who did what to which batch. Rows are added and never changed; they outlive what they tell of.

``digest`` is of the row and of the digest before it of the same tenant: a row that is changed or missing shows.
"""
