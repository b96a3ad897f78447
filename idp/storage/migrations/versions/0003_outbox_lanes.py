"""Outbox items say whom they go to, so that one receiver who does not answer keeps nobody else waiting."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Items of the release before have none; they share the lane of their kind."""
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("lane", sa.Text))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("outbox") as table:
        table.drop_column("lane")
