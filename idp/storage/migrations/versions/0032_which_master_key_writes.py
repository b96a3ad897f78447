"""Which master key writes, in all processes at once, and what a passkey's device calls its account."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ACTIVE = sa.text("state = 'active'")


def upgrade() -> None:
    """A new table, and a column that the release before leaves empty."""
    op.create_table(
        "master_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key_check", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("fields_rekeyed_at", sa.BigInteger()),
        sa.Column("blind_index_rekeyed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_master_keys")),
        sa.UniqueConstraint("version", name=op.f("uq_master_keys_version")),
    )
    op.create_index(
        "uq_master_keys_active", "master_keys", ["state"], unique=True, postgresql_where=ACTIVE, sqlite_where=ACTIVE
    )
    op.add_column("passkeys", sa.Column("user_handle", sa.LargeBinary()))


def downgrade() -> None:
    """Take it back: the highest key that a process knows writes again, so all of them must know the same ones."""
    op.drop_column("passkeys", "user_handle")
    op.drop_table("master_keys")
