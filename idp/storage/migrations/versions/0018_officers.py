"""Who works here: work accounts, the roles they hold, invitations, and in the log who did it.

Every new column may be empty, so the release before goes on writing the rows it knows; it takes a work account for a person
without name and number, whom nothing leads to but their passkey.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two new tables, and two columns without a default: nobody waits for it."""
    op.add_column("accounts", sa.Column("kind", sa.Text()))
    op.add_column("events", sa.Column("actor_id", _ID))
    by_somebody = sa.text("actor_id IS NOT NULL")
    op.create_index(
        "ix_events_of_actor", "events", ["actor_id", "id"], postgresql_where=by_somebody, sqlite_where=by_somebody
    )
    _create_appointments()
    _create_invitations()


def downgrade() -> None:
    """Take it back: nobody holds a role any more, and who did what is no longer told."""
    op.drop_table("invitations")
    op.drop_table("appointments")
    op.drop_index("ix_events_of_actor", "events")
    op.drop_column("events", "actor_id")
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("kind")


def _create_appointments() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("appointed_by", _ID),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_appointments_account_id"),
    )
    in_force = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_appointments_in_force",
        "appointments",
        ["account_id"],
        unique=True,
        postgresql_where=in_force,
        sqlite_where=in_force,
    )


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", _ID),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("account_id", _ID),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("uid", name="uq_invitations_uid"),
    )
