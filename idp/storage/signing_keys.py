"""Signing keys in SQL, shared by all workers; private parts are sealed, and one key per algorithm signs."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, exists, insert, select, update

from idp.clock import Instant
from idp.errors import Refused
from idp.model.signing_key import KeyState, SigningKey
from idp.storage.sealed_fields import SealedFields
from idp.storage.tables import signing_keys
from idp.storage.transaction import Transaction

_of_kid = signing_keys.c.kid == bindparam("of_kid")
_other = signing_keys.alias()
_none_is_active = ~exists().where(_other.c.alg == signing_keys.c.alg, _other.c.state == KeyState.ACTIVE.value)

_ALL = select(signing_keys).order_by(signing_keys.c.id.desc())
_ADD = insert(signing_keys)
_MOVES = {
    KeyState.ACTIVE: update(signing_keys).where(_of_kid, signing_keys.c.state == KeyState.NEXT.value, _none_is_active),
    KeyState.RETIRED: update(signing_keys).where(_of_kid, signing_keys.c.state != KeyState.RETIRED.value),
}
_MOMENT = {KeyState.ACTIVE: "activated_at", KeyState.RETIRED: "retired_at"}
_REMOVE = delete(signing_keys).where(_of_kid, signing_keys.c.state == KeyState.RETIRED.value)


class SqlSigningKeys:
    """Implements `ports.SigningKeys`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def all(self) -> Sequence[SigningKey]:
        """Every key that is still published, newest first."""
        return [
            SigningKey(
                kid=row.kid,
                alg=row.alg,
                state=KeyState(row.state),
                private_jwk=self._fields.open(signing_keys.c.sealed_private_jwk, row.kid, row.sealed_private_jwk),
                created_at=row.created_at,
                activated_at=row.activated_at,
                retired_at=row.retired_at,
            )
            for row in self._transaction.find_all(_ALL)
        ]

    def add(self, key: SigningKey) -> None:
        """Write a new key."""
        values = {
            "kid": key.kid,
            "alg": key.alg,
            "state": key.state.value,
            "sealed_private_jwk": self._fields.seal(signing_keys.c.sealed_private_jwk, key.kid, key.private_jwk),
            "created_at": key.created_at,
            "activated_at": key.activated_at,
            "retired_at": key.retired_at,
        }
        self._transaction.change(_ADD, values)

    def move(self, kid: str, state: KeyState, at: Instant) -> None:
        """Next → active → retired, or next → retired; raises `Refused("key_state", …)` for any other move.

        The active key of an algorithm is retired before the next becomes active, in one transaction.
        """
        parameters = {"of_kid": kid, "state": state.value}
        if state not in _MOVES or not self._transaction.change(_MOVES[state], {**parameters, _MOMENT[state]: at}):
            raise Refused(
                "key_state",
                "A key goes from next to active, while no other key of its algorithm is active, and then to retired.",
                status=409,
                detail=f"key {kid} cannot become {state.value}",
            )

    def remove(self, kid: str) -> None:
        """Take a retired key whose last token has expired out of the JWKS; any other key stays."""
        self._transaction.change(_REMOVE, {"of_kid": kid})
