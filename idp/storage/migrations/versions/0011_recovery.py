"""Ways back in: slips, phones that wait in the place of lost ones, and a cap on an account for a while afterwards.

Every new column may be empty, so the release before goes on writing the rows it knows; it does not hold a cap.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two new tables, and two columns without a default: nobody waits for it."""
    op.add_column("accounts", sa.Column("cap_level", sa.SmallInteger()))
    op.add_column("accounts", sa.Column("capped_until", sa.BigInteger()))
    op.create_table(
        "slips",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slips"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_slips_account_id"),
        sa.UniqueConstraint("account_id", name="uq_slips_account_id"),
    )
    op.create_table(
        "recoveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("sealed_phone", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("ripe_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_recoveries"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_recoveries_account_id"),
    )
    op.create_index("ix_recoveries_account_id", "recoveries", ["account_id"])
    waiting = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_recoveries_waiting",
        "recoveries",
        ["account_id"],
        unique=True,
        postgresql_where=waiting,
        sqlite_where=waiting,
    )


def downgrade() -> None:
    """Take it back: slips open nothing, waiting phones are forgotten, and nothing is capped any more."""
    op.drop_table("recoveries")
    op.drop_table("slips")
    for name in ("capped_until", "cap_level"):
        with op.batch_alter_table("accounts") as batch:
            batch.drop_column(name)
