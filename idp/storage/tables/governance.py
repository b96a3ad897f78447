"""What waits for a second person, and what was answered once."""

from sqlalchemy import Column, Index, Table, UniqueConstraint

from idp.storage.tables._columns import ID, metadata, moment, octets, row_id, text

drafts = Table(
    "drafts",
    metadata,
    row_id(),
    text("operation"),
    text("target"),
    octets("sealed_wanted"),
    text("version", nullable=True),
    text("changes"),
    octets("sealed_reason"),
    Column("proposed_by", ID),
    text("proposed_via"),
    moment("proposed_at"),
    moment("expires_at"),
    text("state"),
    Column("decided_by", ID),
    moment("decided_at", nullable=True),
)
is_undecided = drafts.c.decided_at.is_(None)
Index("ix_drafts_undecided", drafts.c.id, postgresql_where=is_undecided, sqlite_where=is_undecided)

# What a second person has permitted a command to do, and until when.
permits = Table(
    "permits",
    metadata,
    row_id(),
    text("operation"),
    text("subject"),
    moment("expires_at"),
    UniqueConstraint("operation", "subject"),
)

# Under a caller's own key; deleted after a day.
kept_answers = Table(
    "kept_answers",
    metadata,
    row_id(),
    text("caller"),
    octets("key_digest"),
    octets("asked_digest"),
    octets("sealed_answer"),
    moment("answered_at"),
    UniqueConstraint("caller", "key_digest"),
)
