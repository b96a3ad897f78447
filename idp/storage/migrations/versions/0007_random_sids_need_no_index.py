"""Nobody looks a session up by its `sid`, and 128 random bits do not meet: the index that only kept them apart goes.

It cost each sign-in a write to a random page of an index as large as all sessions.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NAME = "uq_sessions_sid"


def upgrade() -> None:
    """On SQLite the table is written anew: seconds for a million sessions."""
    with op.batch_alter_table("sessions") as batch:
        batch.drop_constraint(_NAME, type_="unique")


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("sessions") as batch:
        batch.create_unique_constraint(_NAME, ["sid"])
