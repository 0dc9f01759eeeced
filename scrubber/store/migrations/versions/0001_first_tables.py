"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "2026.11"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audit",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("did", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_tenant_number"), ["tenant", "number"], unique=False)

    op.create_table(
        "batches",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("plain_blob", sa.String(length=64), nullable=True),
        sa.Column("damage", sa.Text(), nullable=True),
        sa.Column("upload_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.Text(), nullable=True),
        sa.Column("format", sa.String(length=16), nullable=True),
        sa.Column("chunks", sa.Integer(), nullable=True),
        sa.Column("records", sa.BigInteger(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("calibration", sa.String(length=32), nullable=True),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("callback_url", sa.Text(), nullable=True),
        sa.Column("callback_state", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_batches")),
        sa.UniqueConstraint("id", name=op.f("uq_batches_id")),
        sa.UniqueConstraint("tenant", "idempotency_key", name=op.f("uq_batches_tenant_idempotency_key")),
        sa.UniqueConstraint("tenant", "number", name=op.f("uq_batches_tenant_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batches_state"), ["state"], unique=False)

    op.create_table(
        "calibrations",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remittances", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_calibrations")),
        sa.UniqueConstraint("tenant", "name", name=op.f("uq_calibrations_tenant_name")),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
    )
    op.create_table(
        "remittances",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("learned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("told", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_remittances")),
        sa.UniqueConstraint("tenant", "sha256", name=op.f("uq_remittances_tenant_sha256")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    op.create_table(
        "waivers",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("edit", sa.String(length=40), nullable=False),
        sa.Column("payer", sa.Text(), nullable=True),
        sa.Column("payer_profile", sa.Text(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("claim_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_waivers")),
    )
    with op.batch_alter_table("waivers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_waivers_tenant_withdrawn_at"), ["tenant", "withdrawn_at"], unique=False
        )

    op.create_table(
        "chunk_results",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("ending", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "batch"],
            ["batches.tenant", "batches.number"],
            name=op.f("fk_chunk_results_tenant_batch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch", "chunk", name=op.f("pk_chunk_results")),
    )
    op.create_table(
        "chunks",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("cut", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sa.String(length=80), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("waivers", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "batch"],
            ["batches.tenant", "batches.number"],
            name=op.f("fk_chunks_tenant_batch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch", "chunk", name=op.f("pk_chunks")),
    )
    op.create_table(
        "claim_history",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("medicare", sa.Boolean(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("global_from", sa.Date(), nullable=True),
        sa.Column("global_until", sa.Date(), nullable=True),
        sa.Column("visits", sa.Boolean(), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("frequency_code", sa.String(length=20), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("awaits", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "batch"],
            ["batches.tenant", "batches.number"],
            name=op.f("fk_claim_history_tenant_batch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch", "ordinal", name=op.f("pk_claim_history")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("claim_history", schema=None) as batch_op:
        batch_op.create_index(
            "ix_claim_history_lasting",
            ["member", "tenant", "global_until", "global_from", "first_day"],
            unique=False,
            sqlite_where=sa.text("global_until > first_day"),
            postgresql_where=sa.text("global_until > first_day"),
        )
        batch_op.create_index(
            "ix_claim_history_member",
            ["member", "tenant", "visits", "first_day", "last_day", "global_from", "global_until"],
            unique=False,
        )
        batch_op.create_index(
            "ix_claim_history_periods",
            ["member", "tenant", "global_until", "global_from", "first_day"],
            unique=False,
            sqlite_where=sa.text("global_from IS NOT NULL"),
            postgresql_where=sa.text("global_from IS NOT NULL"),
        )

    op.create_table(
        "claims",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("disposition", sa.String(length=10), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("charge", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("at_risk", sa.BigInteger(), nullable=False),
        sa.Column("allowed_at_risk", sa.BigInteger(), nullable=True),
        sa.Column("unevaluated", sa.LargeBinary(), nullable=True),
        sa.Column("alike", sa.BigInteger(), nullable=False),
        sa.Column("superseded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "batch"],
            ["batches.tenant", "batches.number"],
            name=op.f("fk_claims_tenant_batch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch", "ordinal", name=op.f("pk_claims")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_claims_batch_disposition"), ["batch", "disposition"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_claims_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(
            "ix_claims_fingerprint",
            ["fingerprint", "batch", "ordinal", "tenant"],
            unique=False,
            sqlite_where=sa.text("fingerprint IS NOT NULL"),
            postgresql_where=sa.text("fingerprint IS NOT NULL"),
        )

    op.create_table(
        "findings",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("edit", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("carc", sa.String(length=8), nullable=True),
        sa.Column("procedure", sa.String(length=16), nullable=True),
        sa.Column("diagnosis", sa.String(length=8), nullable=True),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("at_risk", sa.BigInteger(), nullable=False),
        sa.Column("waiver", sa.BigInteger(), nullable=True),
        sa.Column("alike", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "batch"],
            ["batches.tenant", "batches.number"],
            name=op.f("fk_findings_tenant_batch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch", "ordinal", "position", name=op.f("pk_findings")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_findings_batch_edit"), ["batch", "edit"], unique=False)
        batch_op.create_index(
            "ix_findings_waiver",
            ["tenant", "waiver", "batch"],
            unique=False,
            sqlite_where=sa.text("waiver IS NOT NULL"),
            postgresql_where=sa.text("waiver IS NOT NULL"),
        )

    op.create_table(
        "outcomes",
        sa.Column("remittance", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("match", sa.String(length=16), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ordinal", sa.BigInteger(), nullable=True),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("paid_by", sa.Text(), nullable=False),
        sa.Column("procedure", sa.String(length=16), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("charge", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("denied", sa.BigInteger(), nullable=False),
        sa.Column("adjustments", sa.Text(), nullable=False),
        sa.Column("remark_codes", sa.Text(), nullable=False),
        sa.Column("predicted", sa.Float(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"], ["batches.number"], name=op.f("fk_outcomes_batch"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["remittance"], ["remittances.number"], name=op.f("fk_outcomes_remittance"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("remittance", "position", name=op.f("pk_outcomes")),
    )
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outcomes_batch_ordinal"), ["batch", "ordinal"], unique=False)
        batch_op.create_index(batch_op.f("ix_outcomes_tenant_claim_id"), ["tenant", "claim_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_outcomes_tenant_decided_on"), ["tenant", "decided_on"], unique=False
        )

    op.create_table(
        "unevaluated",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("edits", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "batch"],
            ["batches.tenant", "batches.number"],
            name=op.f("fk_unevaluated_tenant_batch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch", "digest", name=op.f("pk_unevaluated")),
    )

    if op.get_bind().dialect.name == "postgresql":
        # A batch has one tenant. Taken for two things that narrow a query down, joins would be planned far too slow.
        for table in ("claims", "findings", "claim_history"):
            op.execute(f"CREATE STATISTICS {table}_of_tenant (dependencies) ON tenant, batch FROM {table}")


def downgrade() -> None:
    """Remove them."""
    """Take it back."""
    op.drop_table("unevaluated")
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcomes_tenant_decided_on"))
        batch_op.drop_index(batch_op.f("ix_outcomes_tenant_claim_id"))
        batch_op.drop_index(batch_op.f("ix_outcomes_batch_ordinal"))

    op.drop_table("outcomes")
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_findings_waiver",
            sqlite_where=sa.text("waiver IS NOT NULL"),
            postgresql_where=sa.text("waiver IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_findings_batch_edit"))

    op.drop_table("findings")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_claims_fingerprint",
            sqlite_where=sa.text("fingerprint IS NOT NULL"),
            postgresql_where=sa.text("fingerprint IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_claims_claim_id"))
        batch_op.drop_index(batch_op.f("ix_claims_batch_disposition"))

    op.drop_table("claims")
    with op.batch_alter_table("claim_history", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_claim_history_periods",
            sqlite_where=sa.text("global_from IS NOT NULL"),
            postgresql_where=sa.text("global_from IS NOT NULL"),
        )
        batch_op.drop_index("ix_claim_history_member")
        batch_op.drop_index(
            "ix_claim_history_lasting",
            sqlite_where=sa.text("global_until > first_day"),
            postgresql_where=sa.text("global_until > first_day"),
        )

    op.drop_table("claim_history")
    op.drop_table("chunks")
    op.drop_table("chunk_results")
    with op.batch_alter_table("waivers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_waivers_tenant_withdrawn_at"))

    op.drop_table("waivers")
    op.drop_table("secrets")
    op.drop_table("remittances")
    op.drop_table("keys")
    op.drop_table("calibrations")
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batches_state"))

    op.drop_table("batches")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_tenant_number"))

    op.drop_table("audit")
