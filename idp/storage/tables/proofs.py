"""What people prove themselves with, how they get back in, and how often somebody guessed at it."""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, SmallInteger, Table, UniqueConstraint

from idp.storage.tables._columns import metadata, moment, number, octets, reference, row_id, text

credentials = Table(
    "credentials",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    text("kind"),
    octets("sealed_secret"),
    moment("created_at"),
    moment("used_at", nullable=True),
    Column("last_step", BigInteger),  # of a one-time code: it and those before it were used (RFC 6238 §5.2)
    UniqueConstraint("account_id", "kind"),
)

# Of staff alone: the last few, which are not to be chosen again.
former_passwords = Table(
    "former_passwords",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    octets("sealed_secret"),
    moment("replaced_at"),
    Index("ix_former_passwords_account_id", "account_id"),
)

passkeys = Table(
    "passkeys",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    octets("public_key"),
    Column("sign_count", BigInteger, nullable=False),
    text("aaguid"),
    text("transports"),
    Column("is_synced", Boolean, nullable=False),
    octets("sealed_name"),
    moment("created_at"),
    moment("used_at", nullable=True),
    moment("challenged_at", nullable=True),  # of the newest question that it answered: an older answer counts no more
    octets("challenge", nullable=True),
    octets("user_handle", nullable=True),  # by what its device calls the account
    Index("ix_passkeys_account_id", "account_id"),
)

citizen_cards = Table(
    "citizen_cards",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    Column("serial_digest", LargeBinary, nullable=False, unique=True),
    octets("public_key"),
    moment("created_at"),
    moment("used_at", nullable=True),
    moment("challenged_at", nullable=True),  # as of passkeys
    octets("challenge", nullable=True),
    Index("ix_citizen_cards_account_id", "account_id"),
)

# A place for each code of a batch, written over by the next one: of two batches made at once the later one is whole.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    number("place"),
    octets("digest"),
    moment("created_at"),
    moment("used_at", nullable=True),
    UniqueConstraint("account_id", "place"),
)

# A window's slip, by which its person starts anew; the next one takes the place of the one before.
slips = Table(
    "slips",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    octets("digest"),
    Column("level", SmallInteger, nullable=False),
    moment("issued_at"),
    moment("expires_at"),
    UniqueConstraint("account_id"),
)

# A new phone that waits in the place of one that was lost; a row ends once, and the newest says what became of it.
recoveries = Table(
    "recoveries",
    metadata,
    row_id(),
    reference("account_id", "accounts.id"),
    text("basis"),
    octets("sealed_phone"),
    moment("opened_at"),
    moment("ripe_at"),
    moment("ended_at", nullable=True),
    text("outcome", nullable=True),
    Index("ix_recoveries_account_id", "account_id"),
)
is_recovery_waiting = recoveries.c.ended_at.is_(None)
Index(
    "uq_recoveries_waiting",
    recoveries.c.account_id,
    unique=True,
    postgresql_where=is_recovery_waiting,
    sqlite_where=is_recovery_waiting,
)

guesses = Table(
    "guesses",
    metadata,
    row_id(),
    Column("subject", LargeBinary, nullable=False, unique=True),
    number("failures"),
    moment("last_at"),
)
