"""Which master key writes: one row for each version that was ever used, one of them active (docs/decisions/0027).

Whoever writes a blind index holds these rows until the transaction ends, and looks under former keys as well; whoever
lets another key write waits for those. So at no moment do two processes index under different keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.errors import Refused, Unavailable
from idp.model.master_key import MasterKey, MasterKeyState, Rekeyed
from idp.ports import Cipher
from idp.storage.database import Database
from idp.storage.statements import Row
from idp.storage.tables import master_keys
from idp.storage.transaction import Transaction

POLL_SECONDS = 5.0
"""How old a process's knowledge of the key that seals may be; one that cannot ask seals nothing for the database."""
_PATIENCE_SECONDS = 1.0
"""Between two questions to a database that did not answer, for what can do without: each may hang for seconds."""

_ACTIVE, _FORMER, _SPENT = (state.value for state in MasterKeyState)
_BEGINNING = Instant(0)
_of_version = master_keys.c.version == bindparam("of_version")
_IN_FORCE = select(master_keys.c.version, master_keys.c.key_check).where(master_keys.c.state == _ACTIVE)
_ALL = select(master_keys).order_by(master_keys.c.version)
_HELD = (
    select(master_keys.c.version, master_keys.c.key_check, master_keys.c.state)
    .where(master_keys.c.state != _SPENT)
    .order_by(master_keys.c.version)
    .with_for_update(read=True)
)
_ALL_FOR_ME = _ALL.with_for_update()
_NOTE = insert(master_keys).on_conflict_do_nothing()
_MOVE = update(master_keys).where(_of_version).values(fields_rekeyed_at=None, blind_index_rekeyed_at=None)
_DEMOTE = (
    update(master_keys)
    .where(master_keys.c.state == _ACTIVE)
    .values(state=_FORMER, since=bindparam("at"), fields_rekeyed_at=None, blind_index_rekeyed_at=None)
)
_REKEYED = {
    Rekeyed.FIELDS: master_keys.c.fields_rekeyed_at,
    Rekeyed.BLIND_INDEX: master_keys.c.blind_index_rekeyed_at,
}
_NOTE_REKEYED = {
    kind: update(master_keys).where(master_keys.c.state == _FORMER).values({column.name: bindparam("at")})
    for kind, column in _REKEYED.items()
}
_SPEND = (
    update(master_keys)
    .where(master_keys.c.state == _FORMER, *(column.is_not(None) for column in _REKEYED.values()))
    .values(state=_SPENT, since=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class Writing:
    """Under which key the indexes of one transaction are written; it stays so until the transaction ends."""

    cipher: Cipher
    version: int
    former: tuple[int, ...]

    def index(self, kind: str, value: str) -> bytes:
        """By which a value is stored."""
        return self.cipher.index(kind, value, version=self.version)

    def former_indexes(self, kind: str, value: str) -> tuple[bytes, ...]:
        """By which others may have stored it before, which no UNIQUE index compares with this one."""
        return tuple(self.cipher.index(kind, value, version=each) for each in self.former)


def hold(transaction: Transaction, cipher: Cipher) -> Writing:
    """Begin to write indexes; raises `Unavailable` when this process lacks a key that is used here, or has another one.

    A former key is one of those: without it we would not see that a number is taken.
    """
    rows = transaction.write_all(_HELD)
    if not rows:
        _note_all(transaction, cipher, _BEGINNING)
    active = [row.version for row in rows if row.state == _ACTIVE]
    if not active:  # another one came to write while we waited
        rows = transaction.write_all(_HELD)
        active = [row.version for row in rows if row.state == _ACTIVE]
    for row in rows:
        cipher.require(row.version, row.key_check)
    if not active:
        raise Unavailable("The stored data cannot be used at this moment.", detail="no master key is active")
    return Writing(cipher, active[0], tuple(row.version for row in rows if row.state == _FORMER))


class KeyInForce:
    """The key that seals, as this process saw it last.

    What is written into the database asks `fresh`; what may be lost asks the object itself, which goes on with what it
    knew while the database is dead.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: tuple[int, bytes] | None = None
        self._looked_at = self._failed_at = float("-inf")

    def __call__(self) -> tuple[int, bytes] | None:
        """Its version and check; None: none is noted yet, or nobody could ask."""
        if monotonic() - self._failed_at >= _PATIENCE_SECONDS:
            try:
                return self.fresh()
            except Unavailable:
                self._failed_at = monotonic()
        return self._known

    def fresh(self) -> tuple[int, bytes] | None:
        """The same, never older than `POLL_SECONDS`; raises `Unavailable`."""
        now = monotonic()
        if now - self._looked_at >= POLL_SECONDS:
            row = Transaction(self._database).find(_IN_FORCE)
            told = None if row is None else (int(row.version), bytes(row.key_check))
            if told != self._known:  # the same object as long as nothing changes: the cipher compares them so
                self._known = told
            self._looked_at = now
        return self._known


class SqlMasterKeys:
    """Implements `ports.MasterKeys`."""

    def __init__(self, transaction: Transaction, cipher: Cipher) -> None:
        self._transaction = transaction
        self._cipher = cipher

    def all(self) -> Sequence[MasterKey]:
        """All of them, by version."""
        return [_master_key(row) for row in self._transaction.find_all(_ALL)]

    def ensure(self, at: Instant) -> None:
        """Where none is noted yet, note those that this process knows."""
        if not self._transaction.write_all(_ALL_FOR_ME):
            _note_all(self._transaction, self._cipher, at)

    def use(self, version: int, at: Instant) -> bool:
        """Let this one write from the end of the transaction on."""
        if version not in self._cipher.versions:
            raise Refused("invalid_request", f"There is no master key {version} in secrets.keys; add it first.")
        known = {row.version: row for row in self._transaction.write_all(_ALL_FOR_ME)}
        if version in known and known[version].state == _ACTIVE:
            return False
        check = self._cipher.check(version)
        if version in known and known[version].key_check != check:
            raise Refused(
                "invalid_request", f"Master key {version} was another key here; give the new one a new version."
            )
        self._transaction.change(_DEMOTE, {"at": at})
        self._transaction.change(_NOTE, _noted(version, check, _FORMER, at))
        self._transaction.change(_MOVE, {"of_version": version, "state": _ACTIVE, "since": at})
        return True

    def rekeyed(self, kinds: Sequence[Rekeyed], seen: Sequence[MasterKey], at: Instant) -> bool:
        """Note that nothing of these kinds lies under former keys any more."""
        known = [_master_key(row) for row in self._transaction.write_all(_ALL_FOR_ME)]
        if list(map(_standing, known)) != list(map(_standing, seen)):
            return False
        for kind in kinds:
            self._transaction.change(_NOTE_REKEYED[kind], {"at": at})
        self._transaction.change(_SPEND, {"at": at})
        return True


def _standing(key: MasterKey) -> tuple[int, MasterKeyState, Instant]:
    return key.version, key.state, key.since


def _note_all(transaction: Transaction, cipher: Cipher, at: Instant) -> None:
    """The highest writes, as it did before this was noted, and something may lie under each of the others."""
    for version in cipher.versions:
        state = _ACTIVE if version == cipher.versions[0] else _FORMER
        transaction.change(_NOTE, _noted(version, cipher.check(version), state, at))


def _noted(version: int, check: bytes, state: str, at: Instant) -> dict[str, object]:
    return {"version": version, "key_check": check, "state": state, "since": at}


def _master_key(row: Row) -> MasterKey:
    return MasterKey(
        version=row.version,
        check=row.key_check,
        state=MasterKeyState(row.state),
        since=Instant(row.since),
        rekeyed=frozenset(kind for kind, column in _REKEYED.items() if getattr(row, column.name) is not None),
    )
