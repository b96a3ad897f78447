"""Families point to their person and session without foreign keys, which locked both for each code that was redeemed.

See docs/decisions/0019.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TARGETS = {"account_id": "accounts", "session_id": "sessions"}


def upgrade() -> None:
    """The release before writes the same rows as ever."""
    with op.batch_alter_table("authorizations") as table:
        for column in _TARGETS:
            table.drop_constraint(f"fk_authorizations_{column}", type_="foreignkey")


def downgrade() -> None:
    """Take it back; both are deleted after their families, so none points to nothing."""
    with op.batch_alter_table("authorizations") as table:
        for column, target in _TARGETS.items():
            table.create_foreign_key(f"fk_authorizations_{column}", target, [column], ["id"])
