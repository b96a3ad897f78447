"""What people see of themselves and decide: devices, activity, one-time codes, closing; and what became of messages.

Every new column may be empty, so the release before goes on writing the rows it knows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SHOWN = "account_id IS NOT NULL AND action != 'token.issued'"
_MOMENTS = (
    ("accounts", "closes_at"),
    ("credentials", "used_at"),
    ("credentials", "last_step"),
    ("outbox", "reported_at"),
)
_WORDS = (("sessions", "device"), ("outbox", "reference"), ("outbox", "report"))


def upgrade() -> None:
    """The indexes are built while writers wait: seconds where there are millions of rows."""
    for table, name in _MOMENTS:
        op.add_column(table, sa.Column(name, sa.BigInteger()))
    for table, name in _WORDS:
        op.add_column(table, sa.Column(name, sa.Text()))
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    closing = sa.text("closes_at IS NOT NULL")
    op.create_index("ix_accounts_closing", "accounts", ["closes_at"], postgresql_where=closing, sqlite_where=closing)
    shown = sa.text(_SHOWN)
    op.create_index("ix_events_of_person", "events", ["account_id", "id"], postgresql_where=shown, sqlite_where=shown)
    named = sa.text("reference IS NOT NULL")
    op.create_index(
        "uq_outbox_reference", "outbox", ["reference"], unique=True, postgresql_where=named, sqlite_where=named
    )


def downgrade() -> None:
    """Take it back: what was asked and reported is forgotten, and one-time codes could be used again."""
    op.drop_index("uq_outbox_reference", "outbox")
    op.drop_index("ix_events_of_person", "events")
    op.drop_index("ix_sessions_account_id", "sessions")
    op.drop_index("ix_accounts_closing", "accounts")
    for table, name in (*_MOMENTS, *_WORDS):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(name)
