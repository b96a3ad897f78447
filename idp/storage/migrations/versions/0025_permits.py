"""What a second person has permitted a command to do, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table: nobody waits for it."""
    op.create_table(
        "permits",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_permits"),
        sa.UniqueConstraint("operation", "subject", name="uq_permits_operation_subject"),
    )


def downgrade() -> None:
    """Take it back: what was permitted has to be proposed anew."""
    op.drop_table("permits")
