"""Who does not want to be offered a face check, and since when.

The new column may be empty, so the release before goes on writing the rows it knows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has refused yet."""
    op.add_column("accounts", sa.Column("face_refused_at", sa.BigInteger()))


def downgrade() -> None:
    """Take it back: everybody may be offered one again."""
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("face_refused_at")
