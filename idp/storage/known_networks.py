"""Known networks in SQL: a few rows per person, each written over when its slot is needed."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.known_network import KnownNetwork
from idp.storage.statements import Row
from idp.storage.tables import known_devices, known_networks
from idp.storage.transaction import Transaction

_of_account = known_networks.c.account_id == bindparam("of_account", type_=BigInteger)
_insert = insert(known_networks)

_OF_PERSON = select(known_networks).where(
    _of_account, known_networks.c.seen_at > bindparam("seen_after", type_=BigInteger)
)
_REMEMBER = _insert.on_conflict_do_update(
    index_elements=[known_networks.c.account_id, known_networks.c.slot],
    set_={name: _insert.excluded[name] for name in ("digest", "place_digest", "seen_at")},
)
_FORGET_ALL = delete(known_networks).where(_of_account)
_FORGET_WITHOUT_DEVICES = _FORGET_ALL.where(
    ~select(known_devices.c.id).where(known_devices.c.account_id == known_networks.c.account_id).exists()
)


class SqlKnownNetworks:
    """Implements `ports.KnownNetworks`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of_person(self, account_id: int, seen_after: Instant) -> Sequence[KnownNetwork]:
        """The person's that were seen since."""
        rows = self._transaction.find_all(_OF_PERSON, {"of_account": account_id, "seen_after": seen_after})
        return [known_network_of(row) for row in rows]

    def remember(self, account_id: int, network: KnownNetwork) -> None:
        """Write it over whatever is in its slot."""
        values = {
            "account_id": account_id,
            "slot": network.slot,
            "digest": network.digest,
            "place_digest": network.place_digest,
            "created_at": network.seen_at,
            "seen_at": network.seen_at,
        }
        self._transaction.note(_REMEMBER, values)

    def forget_all(self, account_id: int) -> None:
        """Delete all of this person."""
        self._transaction.change(_FORGET_ALL, {"of_account": account_id})

    def forget_without_devices(self, account_id: int) -> None:
        """Delete all of this person, if no browser knows them any more."""
        self._transaction.change(_FORGET_WITHOUT_DEVICES, {"of_account": account_id})


def known_network_of(row: Row) -> KnownNetwork:
    """A row of known_networks as a value."""
    return KnownNetwork(slot=row.slot, digest=row.digest, place_digest=row.place_digest, seen_at=row.seen_at)
