"""Known devices in SQL, so that one which was forgotten is unknown to every process at once."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, delete, insert, select, update

from idp.clock import Instant
from idp.model.account import Account
from idp.model.known_device import KnownDevice, NewKnownDevice
from idp.model.policy import Method
from idp.storage.account_columns import ACCOUNT_COLUMNS, account_of
from idp.storage.known_networks import SqlKnownNetworks
from idp.storage.statements import Row
from idp.storage.tables import accounts, known_devices
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id

_METHODS = frozenset(Method)
"""A newer release may have written others."""
_of_device = known_devices.c.id == bindparam("of_device", type_=BigInteger)
_of_account = known_devices.c.account_id == bindparam("of_account", type_=BigInteger)

_REMEMBER = insert(known_devices).returning(known_devices.c.id)
_GET = select(known_devices).where(_of_device)
_WITH_PERSON = (
    select(*[column for column in known_devices.c if column.name != "account_id"], *ACCOUNT_COLUMNS)
    .select_from(known_devices.join(accounts, accounts.c.id == known_devices.c.account_id))
    .where(_of_device)
)
_OF_PERSON = (
    select(known_devices)
    .where(_of_account, known_devices.c.last_seen_at > bindparam("seen_after", type_=BigInteger))
    .order_by(known_devices.c.last_seen_at.desc(), known_devices.c.id.desc())
    .limit(bindparam("most", type_=BigInteger))
)
_TOUCH = update(known_devices).where(_of_device)
_SHOWN = update(known_devices).where(_of_device)
_FORGET = delete(known_devices).where(_of_device, _of_account)
_FORGET_ALL = delete(known_devices).where(_of_account)


class SqlKnownDevices:
    """Implements `ports.KnownDevices`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def remember(self, new: NewKnownDevice, at: Instant) -> int:
        """Write one; its number."""
        values = {
            "account_id": new.account_id,
            "secret_digest": new.secret_digest,
            "device": new.device,
            "shown": _words(new.shown),
        }
        row = self._transaction.write(_REMEMBER, {**values, "first_seen_at": at, "last_seen_at": at})
        assert row is not None  # INSERT … RETURNING without ON CONFLICT
        return int(row.id)

    def get(self, device_id: int) -> KnownDevice | None:
        """The one with this number."""
        row = self._transaction.find(_GET, {"of_device": device_id}) if can_be_id(device_id) else None
        return None if row is None else known_device_of(row)

    def with_person(self, device_id: int) -> tuple[KnownDevice, Account] | None:
        """The same with its person, in one statement."""
        row = self._transaction.find(_WITH_PERSON, {"of_device": device_id}) if can_be_id(device_id) else None
        return None if row is None else (known_device_of(row), account_of(row))

    def of_person(self, account_id: int, seen_after: Instant, most: int) -> Sequence[KnownDevice]:
        """The person's that were seen since, the one seen last first; so many at most."""
        key = {"of_account": account_id, "seen_after": seen_after, "most": most}
        return [known_device_of(row) for row in self._transaction.find_all(_OF_PERSON, key)]

    def touch(self, device_id: int, at: Instant) -> None:
        """Note that the person signed in on it."""
        self._transaction.note(_TOUCH, {"of_device": device_id, "last_seen_at": at})

    def note_shown(self, known: KnownDevice, method: Method) -> None:
        """Note that the person gave a proof on it that they had not given there before."""
        self._transaction.change(_SHOWN, {"of_device": known.id, "shown": _words(known.shown | {method})})

    def forget(self, account_id: int, device_id: int) -> bool:
        """Delete one of this person, with the last one their known networks; False: they have none with this number."""
        if not can_be_id(device_id):
            return False
        is_theirs = self._transaction.change(_FORGET, {"of_account": account_id, "of_device": device_id}) == 1
        if is_theirs:
            SqlKnownNetworks(self._transaction).forget_without_devices(account_id)
        return is_theirs

    def forget_all(self, account_id: int) -> int:
        """Delete all of this person, and their known networks; how many devices there were."""
        SqlKnownNetworks(self._transaction).forget_all(account_id)
        return self._transaction.change(_FORGET_ALL, {"of_account": account_id})


def known_device_of(row: Row) -> KnownDevice:
    """A row of known_devices as a value."""
    return KnownDevice(
        id=row.id,
        account_id=row.account_id,
        secret_digest=row.secret_digest,
        device=row.device,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        shown=frozenset(Method(each) for each in (row.shown or "").split() if each in _METHODS),
    )


def _words(methods: frozenset[Method]) -> str:
    return " ".join(sorted(methods))
