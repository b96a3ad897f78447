"""Seals of the log: added, never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_GUARDS = {
    "sqlite": (
        """
        CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals
        BEGIN SELECT RAISE(ABORT, 'audit_seals are append-only'); END
        """,
        """
        CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals
        BEGIN SELECT RAISE(ABORT, 'audit_seals are append-only'); END
        """,
        """
        CREATE TRIGGER audit_seals_no_replace BEFORE INSERT ON audit_seals
        WHEN EXISTS (SELECT 1 FROM audit_seals WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'audit_seals are append-only'); END
        """,
    ),
    "postgresql": (
        """
        CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """,
    ),
}


def upgrade() -> None:
    """A new table: nobody waits for it."""
    op.create_table(
        "audit_seals",
        sa.Column("id", _ID, nullable=False, autoincrement=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("last_event", _ID, nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_seals"),
    )
    op.create_index("ix_audit_seals_last_event", "audit_seals", ["last_event"])
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take it back: what was sealed can be compared with exports and anchors alone."""
    op.drop_table("audit_seals")
