"""The tables. What stands here is what the newest migration makes; a test holds the two to each other."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
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


def _of_batch() -> Column[int]:
    return Column("batch", NUMBER, ForeignKey("batches.number", ondelete="CASCADE"), nullable=False)


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
    Column("idempotency_key", String(255)),
    Column("callback_url", Text),
    Column("callback_state", String(16)),
    UniqueConstraint("tenant", "idempotency_key"),
    Index(None, "tenant", "number"),
    Index(None, "state"),
)
"""An upload and what became of it. ``id`` is what users see; ``number`` is what other tables refer to.

``held_until``: until then a worker may be splitting it. ``attempts`` counts the tries of its present step.
"""

CHUNKS = Table(
    "chunks",
    METADATA,
    _of_batch(),
    Column("chunk", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("records", Integer, nullable=False),
    Column("cut", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("held_until", Moment),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("counts", Text),
    PrimaryKeyConstraint("batch", "chunk"),
)
"""A stretch of the upload that is scrubbed and stored at once. ``held_until``: until then a worker may be at it."""

CHUNK_RESULTS = Table(
    "chunk_results",
    METADATA,
    _of_batch(),
    Column("chunk", Integer, nullable=False),
    Column("lines", LargeBinary, nullable=False),
    Column("ending", LargeBinary, nullable=False),
    PrimaryKeyConstraint("batch", "chunk"),
)
"""The results of a chunk in the order of its records: NDJSON, deflated. ``ending`` is what all results end with."""

CLAIMS = Table(
    "claims",
    METADATA,
    _of_batch(),
    Column("ordinal", BigInteger, nullable=False),
    Column("claim_id", Text, nullable=False),
    Column("disposition", String(10), nullable=False),
    Column("payer", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("charge", BigInteger, nullable=False),
    Column("fingerprint", LargeBinary),
    PrimaryKeyConstraint("batch", "ordinal"),
    Index(None, "batch", "disposition"),
    sqlite_with_rowid=False,
)
"""A record of a batch, by its ordinal in the file: what results are looked up and figures are made by.

``charge`` is in cents. ``fingerprint`` is the same for two claims that bill the same services (claim/fingerprint.py).
"""

FINDINGS = Table(
    "findings",
    METADATA,
    _of_batch(),
    Column("ordinal", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("edit", String(40), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("line", Integer),
    Column("carc", String(8)),
    PrimaryKeyConstraint("batch", "ordinal", "position"),
    Index(None, "batch", "edit"),
    sqlite_with_rowid=False,
)
"""A finding of a claim: what results are filtered and counted by. Its text is in the result."""

BATCH_FINDINGS = Table(
    "batch_findings",
    METADATA,
    _of_batch(),
    Column("ordinal", BigInteger, nullable=False),
    Column("finding", Text, nullable=False),
    PrimaryKeyConstraint("batch", "ordinal"),
)
"""A finding that only the whole batch shows, added to its claim's result when that is read."""

CLAIM_HISTORY = Table(
    "claim_history",
    METADATA,
    _of_batch(),
    Column("ordinal", BigInteger, nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("member", LargeBinary, nullable=False),
    Column("provider", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("services", Text, nullable=False),
    PrimaryKeyConstraint("batch", "ordinal"),
    Index(None, "member", "tenant"),
    sqlite_with_rowid=False,
)
"""The services a member had, by claim. ``member`` is a hash of the member's id and birth date; ``services`` is JSON: of
each line procedure, day, units. A row a line would take three times as long to write.
"""

REMITTANCES = Table(
    "remittances",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("tenant", String(64), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("claim_id", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("service_date", Date),
    Column("line", Integer, nullable=False),
    Column("charge", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("adjustments", Text, nullable=False),
    Index(None, "tenant", "claim_id"),
    Index(None, "tenant", "sha256"),
)
"""What a payer answered on a claim line; ``adjustments`` is JSON: group, reason, cents. ``line`` 0 is the claim."""

WAIVERS = Table(
    "waivers",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("tenant", String(64), nullable=False),
    Column("edit", String(40), nullable=False),
    Column("payer", Text),
    Column("provider", Text),
    Column("claim_id", Text),
    Column("reason", Text, nullable=False),
    Column("by", String(120), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("until", Date),
    Column("withdrawn_at", Moment),
    Index(None, "tenant"),
)
"""Findings that someone answers for: which, on what, why, until when."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("who", String(120), nullable=False),
    Column("did", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Index(None, "tenant", "number"),
)
"""Who did what to which batch. Rows are added and never changed; they outlive what they tell of."""
