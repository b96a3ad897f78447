"""Apps that register themselves, in SQL: digests of their tokens alone, and one statement that counts."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.client import Profile
from idp.model.policy import Level
from idp.model.registration import InitialAccessToken, Logo, NewInitialAccessToken, Registration
from idp.storage.statements import Row
from idp.storage.tables import initial_access_tokens, logos, registrations
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id, can_be_text

_tokens = initial_access_tokens
_of_number = _tokens.c.id == bindparam("of_id", type_=BigInteger)
_ADD = insert(_tokens).returning(*_tokens.c)
_GET = select(_tokens).where(_of_number)
_ALL = select(_tokens).order_by(_tokens.c.id.desc())
_USE = (
    update(_tokens)
    .where(
        _of_number,
        _tokens.c.ended_at.is_(None),
        _tokens.c.clients < _tokens.c.max_clients,
        _tokens.c.expires_at > bindparam("now", type_=BigInteger),
    )
    .values(clients=_tokens.c.clients + 1)
)
_END = (
    update(_tokens).where(_of_number, _tokens.c.ended_at.is_(None)).values(ended_at=bindparam("now", type_=BigInteger))
)
_of_client = registrations.c.client_id == bindparam("of_client")
_REGISTER = insert(registrations)
_REGISTERED = select(registrations).where(_of_client)
_ROTATE = update(registrations).where(_of_client, registrations.c.secret_digest == bindparam("known_digest"))
_FORGET = delete(registrations).where(_of_client)
_KEEP_LOGO = postgresql_insert(logos).on_conflict_do_nothing(index_elements=[logos.c.name])
_LOGO = select(logos).where(logos.c.name == bindparam("of_name"))


class SqlInitialAccessTokens:
    """Implements `ports.InitialAccessTokens`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, token: NewInitialAccessToken) -> InitialAccessToken:
        """Write one."""
        values = {
            "secret_digest": token.secret_digest,
            "name": token.name,
            "profile": token.profile.value,
            "channel": token.channel,
            "level": token.level.value,
            "scope": " ".join(token.scope),
            "max_clients": token.max_clients,
            "clients": 0,
            "issued_at": token.issued_at,
            "expires_at": token.expires_at,
        }
        row = self._transaction.write(_ADD, values)
        assert row is not None  # INSERT … RETURNING
        return _token(row)

    def get(self, token_id: int) -> InitialAccessToken | None:
        """The one with this number."""
        row = self._transaction.find(_GET, {"of_id": token_id}) if can_be_id(token_id) else None
        return None if row is None else _token(row)

    def all(self) -> Sequence[InitialAccessToken]:
        """Every one, the newest first."""
        return [_token(row) for row in self._transaction.find_all(_ALL)]

    def use(self, token_id: int, now: Instant) -> bool:
        """Count one more app; False: it is used up, over, or taken back."""
        return self._transaction.change(_USE, {"of_id": token_id, "now": now}) == 1

    def end(self, token_id: int, at: Instant) -> bool:
        """Take it back; False: it was."""
        return can_be_id(token_id) and self._transaction.change(_END, {"of_id": token_id, "now": at}) == 1


class SqlManagedRegistrations:
    """Implements `ports.ManagedRegistrations`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, registration: Registration) -> None:
        """Write one."""
        values = {
            "client_id": registration.client_id,
            "initial_access_token_id": registration.initial_access_token,
            "secret_digest": registration.secret_digest,
            "issued_at": registration.issued_at,
        }
        self._transaction.change(_REGISTER, values)

    def get(self, client_id: str) -> Registration | None:
        """The one of this app."""
        row = self._transaction.find(_REGISTERED, {"of_client": client_id}) if can_be_text(client_id) else None
        if row is None:
            return None
        return Registration(
            client_id=row.client_id,
            initial_access_token=row.initial_access_token_id,
            secret_digest=row.secret_digest,
            issued_at=row.issued_at,
            former_digest=row.former_digest,
            rotated_at=row.rotated_at,
        )

    def rotate(self, before: Registration, after: Registration) -> bool:
        """Put a new token in the place of the one that was read; False: somebody was faster."""
        values = {
            "of_client": before.client_id,
            "known_digest": before.secret_digest,
            "secret_digest": after.secret_digest,
            "former_digest": after.former_digest,
            "rotated_at": after.rotated_at,
        }
        return self._transaction.change(_ROTATE, values) == 1

    def end(self, client_id: str) -> bool:
        """Nobody manages it from outside any more; False: nobody did."""
        return self._transaction.change(_FORGET, {"of_client": client_id}) == 1


class SqlLogos:
    """Implements `ports.Logos`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, logo: Logo) -> None:
        """Keep it; the same twice is kept once."""
        values = {"name": logo.name, "media_type": logo.media_type, "content": logo.content}
        self._transaction.change(_KEEP_LOGO, values)

    def get(self, name: str) -> Logo | None:
        """The one that is served as this."""
        row = self._transaction.find(_LOGO, {"of_name": name}) if can_be_text(name) else None
        return None if row is None else Logo(name=row.name, media_type=row.media_type, content=row.content)


def _token(row: Row) -> InitialAccessToken:
    return InitialAccessToken(
        id=row.id,
        secret_digest=row.secret_digest,
        name=row.name,
        profile=Profile(row.profile),
        channel=row.channel,
        level=Level(row.level),
        scope=tuple(row.scope.split()),
        max_clients=row.max_clients,
        clients=row.clients,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
    )
