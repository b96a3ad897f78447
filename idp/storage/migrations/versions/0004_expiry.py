"""What has ended can be deleted: nothing points from access tokens to families, and families of a session are found.

See docs/decisions/0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FOREIGN_KEY = "fk_access_tokens_authorization_id"


def upgrade() -> None:
    """The release before writes the same rows as ever."""
    with op.batch_alter_table("access_tokens") as table:
        table.drop_constraint(_FOREIGN_KEY, type_="foreignkey")
    op.create_index("ix_authorizations_session_id", "authorizations", ["session_id"])


def downgrade() -> None:
    """Take it back; tokens whose family is gone are dead and go with it."""
    op.drop_index("ix_authorizations_session_id", "authorizations")
    op.execute(
        sa.text(
            "DELETE FROM access_tokens WHERE authorization_id IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM authorizations WHERE authorizations.id = authorization_id)"
        )
    )
    with op.batch_alter_table("access_tokens") as table:
        table.create_foreign_key(_FOREIGN_KEY, "authorizations", ["authorization_id"], ["id"])
