"""What shows who people are."""

from sqlalchemy import Column, Index, SmallInteger, Table, UniqueConstraint

from idp.storage.tables._columns import ID, metadata, moment, octets, reference, row_id, text

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

# Numbers that two people say are theirs, until a window has seen who is right.
disputes = Table(
    "disputes",
    metadata,
    row_id(),
    reference("claimant_id", "accounts.id"),
    reference("holder_id", "accounts.id"),
    octets("sealed_claim"),
    moment("opened_at"),
    moment("decided_at", nullable=True),
    text("outcome", nullable=True),
    Index("ix_disputes_claimant_id", "claimant_id"),
    Index("ix_disputes_holder_id", "holder_id"),
)
is_dispute_waiting = disputes.c.decided_at.is_(None)
Index(
    "uq_disputes_waiting",
    disputes.c.claimant_id,
    disputes.c.holder_id,
    unique=True,
    postgresql_where=is_dispute_waiting,
    sqlite_where=is_dispute_waiting,
)
