"""The log is kept for a time, unless a hold keeps it longer: what leaves is sealed, old, and held by nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# 15811200 seconds are 183 days: no shorter than six months, whichever they are (Cybersecurity Law, article 23). The clock
# is the database's.
_MAY_LEAVE = """
    OLD.at < {now} - 15811200
    AND OLD.id <= coalesce(
        (SELECT last_event FROM audit_seals WHERE removed IS NOT NULL ORDER BY removed DESC LIMIT 1), 0
    )
    AND NOT EXISTS (SELECT 1 FROM audit_holds WHERE released_at IS NULL AND since <= OLD.at)
"""
# The search path is told: whoever deletes could put a table of the same name before ours.
_GUARDS = {
    "sqlite": (
        "DROP TRIGGER events_no_delete",
        f"""
        CREATE TRIGGER events_no_delete BEFORE DELETE ON events
        WHEN NOT ({_MAY_LEAVE.format(now="CAST(strftime('%s', 'now') AS INTEGER)")})
        BEGIN SELECT RAISE(ABORT, 'events are append-only: this one is young, held, or no seal says that it is removed'); END
        """,
    ),
    "postgresql": (
        "DROP TRIGGER events_append_only ON events",
        """
        CREATE TRIGGER events_append_only BEFORE UPDATE OR TRUNCATE ON events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """,
        f"""
        CREATE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS
        $$ BEGIN
        IF {_MAY_LEAVE.format(now="CAST(extract(epoch FROM now()) AS bigint)")} THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'events is append-only: this one is young, held, or no seal says that it is removed';
        END $$
        """,
        """
        CREATE TRIGGER events_are_kept BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_removal()
        """,
    ),
}
_FORMER_GUARDS = {
    "sqlite": (
        "DROP TRIGGER events_no_delete",
        """
        CREATE TRIGGER events_no_delete BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
        """,
    ),
    "postgresql": (
        "DROP TRIGGER events_are_kept ON events",
        "DROP FUNCTION refuse_removal()",
        "DROP TRIGGER events_append_only ON events",
        """
        CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """,
    ),
}


def upgrade() -> None:
    """A new table, a column that may be empty, and another trigger: nobody waits for longer than a moment."""
    op.create_table(
        "audit_holds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("placed_by", _ID),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("released_by", _ID),
        sa.Column("released_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_audit_holds"),
    )
    op.add_column("audit_seals", sa.Column("removed", _ID))
    condition = sa.text("removed IS NOT NULL")
    op.create_index(
        "ix_audit_seals_removed", "audit_seals", ["removed"], postgresql_where=condition, sqlite_where=condition
    )
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take it back: holds are forgotten, and nothing leaves the log any more."""
    for statement in _FORMER_GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_index("ix_audit_seals_removed", "audit_seals")
    op.drop_column("audit_seals", "removed")
    op.drop_table("audit_holds")
