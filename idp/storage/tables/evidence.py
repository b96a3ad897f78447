"""What shows who people are."""

from sqlalchemy import Column, Index, SmallInteger, Table, UniqueConstraint

from idp.storage.tables._columns import ID, metadata, moment, reference, row_id, text

# A row is never changed but to withdraw it; what it makes of its person stands in their account as well.
evidence = Table(
    "evidence",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    text("check_id"),
    text("source"),
    text("method"),
    Column("proofing", SmallInteger, nullable=False),
    moment("verified_at", nullable=True),
    moment("expires_at", nullable=True),
    moment("recorded_at"),
    Column("operator_id", ID),
    text("reference", nullable=True),
    moment("withdrawn_at", nullable=True),
    text("withdrawn_why", nullable=True),
    UniqueConstraint("check_id"),
    Index("ix_evidence_account_id", "account_id"),
)
