"""People are found by name and year of birth: a blind index of both beside each name.

It needs the key, which no migration has: `idp worker` writes it for the names that are there, and for those that the
release before writes meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_INDEXED = sa.text("blind_index IS NOT NULL")
_UNINDEXED = sa.text("blind_index IS NULL AND superseded_at IS NULL")


def upgrade() -> None:
    """A column without a default, and two indexes: names are written again after one pass through them."""
    op.add_column("names", sa.Column("blind_index", sa.LargeBinary()))
    op.create_index(
        "ix_names_blind_index",
        "names",
        ["blind_index", "account_id"],
        postgresql_where=_INDEXED,
        sqlite_where=_INDEXED,
    )
    op.create_index("ix_names_unindexed", "names", ["id"], postgresql_where=_UNINDEXED, sqlite_where=_UNINDEXED)


def downgrade() -> None:
    """Take it back: nobody is found by name."""
    op.drop_index("ix_names_unindexed", "names")
    op.drop_index("ix_names_blind_index", "names")
    with op.batch_alter_table("names") as batch:
        batch.drop_column("blind_index")
