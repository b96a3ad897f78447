"""Who holds an identifier stands in its index: a search reads no row until it knows whose.

PostgreSQL keeps the account beside the two columns that exclude each other. SQLite knows no INCLUDE, and gets a second
index.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_NAME, _COVERING = "uq_identifiers_in_force", "ix_identifiers_in_force"
_IN_FORCE = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    """One pass through the identifiers, in which nobody can register; the old index goes when the new one stands."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(
            _COVERING, "identifiers", ["kind", "blind_index", "account_id", "superseded_at"], sqlite_where=_IN_FORCE
        )
    else:
        _build_anew(postgresql_include=["account_id"])


def downgrade() -> None:
    """Take it back: each search reads one row more."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(_COVERING, "identifiers")
    else:
        _build_anew()


def _build_anew(**options: Any) -> None:
    op.execute(f"ALTER INDEX {_NAME} RENAME TO {_NAME}_before")
    op.create_index(_NAME, "identifiers", ["kind", "blind_index"], unique=True, postgresql_where=_IN_FORCE, **options)
    op.drop_index(f"{_NAME}_before", "identifiers")
