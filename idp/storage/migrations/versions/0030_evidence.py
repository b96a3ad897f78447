"""Evidence of who people are, until when what an account is worth by it counts, and numbers that two say are theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_RANDOM = {"postgresql": "replace(gen_random_uuid()::text, '-', '')", "sqlite": "lower(hex(randomblob(16)))"}


def upgrade() -> None:
    """A table, a column without a default, and a record of what accounts were said to be worth before."""
    op.create_table(
        "evidence",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("proofing", sa.SmallInteger(), nullable=False),
        sa.Column("verified_at", sa.BigInteger()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("operator_id", ID),
        sa.Column("reference", sa.Text()),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.Column("withdrawn_why", sa.Text()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_evidence_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("check_id", name=op.f("uq_evidence_check_id")),
    )
    op.create_index("ix_evidence_account_id", "evidence", ["account_id"])
    _create_disputes()
    op.add_column("accounts", sa.Column("proofing_steps", sa.Text()))
    random = _RANDOM[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO evidence (account_id, check_id, source, method, proofing, verified_at, recorded_at) "  # noqa: S608 - ours
        f"SELECT id, {random}, 'import', 'imported', proofing, proofed_at, created_at FROM accounts WHERE proofing >= 2"
    )


def _create_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", ID, nullable=False),
        sa.Column("claimant_id", ID, nullable=False),
        sa.Column("holder_id", ID, nullable=False),
        sa.Column("sealed_claim", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
        sa.ForeignKeyConstraint(["claimant_id"], ["accounts.id"], name=op.f("fk_disputes_claimant_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["accounts.id"], name=op.f("fk_disputes_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_claimant_id", "disputes", ["claimant_id"])
    op.create_index("ix_disputes_holder_id", "disputes", ["holder_id"])
    waiting = sa.text("decided_at IS NULL")
    op.create_index(
        "uq_disputes_waiting",
        "disputes",
        ["claimant_id", "holder_id"],
        unique=True,
        postgresql_where=waiting,
        sqlite_where=waiting,
    )


def downgrade() -> None:
    """Take it back: accounts stay worth what they were worth last, without an end."""
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("proofing_steps")
    op.drop_table("disputes")
    op.drop_table("evidence")
