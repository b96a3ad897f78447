"""Who works for the city, since when, and what their passwords were before: the rules for them are stricter.

The new column may be empty, so the release before goes on writing the rows it knows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A column without a default, and a new table: nobody waits for it."""
    op.add_column("accounts", sa.Column("staff_since", sa.BigInteger()))
    op.create_table(
        "former_passwords",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_former_passwords"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_former_passwords_account_id"),
    )
    op.create_index("ix_former_passwords_account_id", "former_passwords", ["account_id"])


def downgrade() -> None:
    """Take it back: former passwords may be used again, and nobody is staff."""
    op.drop_table("former_passwords")
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("staff_since")
