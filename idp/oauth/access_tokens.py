"""An access token that came back: opened or verified, and asked whether everything behind it still holds."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from idp.clock import Instant
from idp.model import numbered_secret
from idp.model.account import Attributes
from idp.model.authorization import Binding, Standing
from idp.model.client import OWN_CLIENTS, Client, ClientStatus
from idp.model.mandate import Acting
from idp.model.matter import Matter, from_details
from idp.oauth import opaque_tokens
from idp.oauth.level_left import LevelLeft
from idp.oauth.mandates import StandingMandates
from idp.oauth.profiles import rules_of
from idp.oauth.tokens import JWT_TYPE
from idp.ports import Cipher, Signer, UnitOfWork
from idp.services import Services


class LiveToken(NamedTuple):
    """An access token that works now; a named tuple for the reason of `Order`.

    Attributes:
        audience: the protected resource it is for; None: our own userinfo endpoint.
        standing: the family with its person; None: the client acts for itself.
        jti: by which it is called back; a JWT says it, too.
        stored_id: of a token that 0.2.0 wrote down: by that it is called back.
        attributes: the person's data, where they were asked for.
        binding: what whoever shows it must hold; to be asked before anything is told.
        act: who acts for whom it is about (RFC 8693 §4.1); None: nobody.
        matters: what may be dealt with at its resource (RFC 9396).
        acting: by which mandate its person acts for somebody else, and it stands; None: for themselves.
    """

    client_id: str
    audience: str | None
    scope: tuple[str, ...]
    issued_at: Instant
    expires_at: Instant
    standing: Standing | None
    jti: str
    is_jwt: bool = False
    stored_id: int | None = None
    attributes: Attributes | None = None
    binding: Binding | None = None
    act: Mapping[str, Any] | None = None
    matters: tuple[Matter, ...] = ()
    acting: Acting | None = None


class AccessTokens:
    """Finds living access tokens, whichever of the two forms they have."""

    def __init__(self, services: Services) -> None:
        self._issuer = services.settings.issuer
        self._profiles = services.settings.profiles
        self._signer: Signer = services.signer
        self._cipher: Cipher = services.cipher
        self._level_left = LevelLeft(services.settings)
        self._mandates = StandingMandates(services)

    def resolve(
        self, unit_of_work: UnitOfWork, unverified_token: str, now: Instant, *, with_person: bool = False
    ) -> LiveToken | None:
        """The token, if it works now: ours, not expired, not called back; family, session, person and client alive.

        `with_person` reads the person's data along, in the same statement.
        """
        if unverified_token.count(".") == 2:
            token = self._jwt(unit_of_work, unverified_token, now, with_person=with_person)
        else:
            token = self._opaque(unit_of_work, unverified_token, now, with_person=with_person)
        if token is None or (token.standing is not None and not token.standing.holds):
            return None
        client = unit_of_work.clients.get(token.client_id)
        if client is None or not self._may_have(client, token):
            return None
        if token.standing is not None and token.standing.authorization.grant.mandate_id is not None:
            acting = self._mandates.of(unit_of_work, token.standing.authorization.grant, now)
            if acting is None:
                return None
            token = token._replace(acting=acting)
        standing = None if token.standing is None else self._level_left.of(token.standing, now)
        return token if standing is token.standing else token._replace(standing=standing)

    def _may_have(self, client: Client, token: LiveToken) -> bool:
        """Whether the client would be given such a token today: its registration may be stricter than it was."""
        if client.status is not ClientStatus.ACTIVE:
            return False
        if client.profile not in self._profiles:
            return client.client_id in OWN_CLIENTS
        return token.binding is not None or not rules_of(client).binds_tokens

    def _jwt(
        self, unit_of_work: UnitOfWork, unverified_token: str, now: Instant, *, with_person: bool
    ) -> LiveToken | None:
        """Our own signature stands under it, so its members are what the mint wrote."""
        claims = self._signer.verify(unverified_token, JWT_TYPE)
        if claims is None or claims.get("iss") != self._issuer or now >= _moment(claims, "exp"):
            return None
        jti, audience = str(claims["jti"]), str(claims["aud"])
        number, _, *marks = jti.split(".")
        mark = marks[0] if marks else None
        behind = _behind(unit_of_work, _Family(int(number), mark), jti, with_person=with_person)
        if behind is None:
            return None
        standing, attributes = behind
        return LiveToken(
            client_id=str(claims["client_id"]),
            audience=None if audience == self._issuer else audience,
            scope=tuple(str(claims["scope"]).split()),
            issued_at=_moment(claims, "iat"),
            expires_at=_moment(claims, "exp"),
            standing=standing,
            attributes=attributes,
            jti=jti,
            is_jwt=True,
            binding=_binding_of(claims.get("cnf")),
            act=_object_of(claims.get("act")),
            matters=from_details(claims.get("authorization_details")),
        )

    def _opaque(
        self, unit_of_work: UnitOfWork, unverified_token: str, now: Instant, *, with_person: bool
    ) -> LiveToken | None:
        token = opaque_tokens.read(self._cipher, unverified_token, now)
        if token is None:
            return _of_the_release_before(unit_of_work, unverified_token, now)
        if now >= token.expires_at:
            return None
        jti = opaque_tokens.jti_of(unverified_token)
        behind = _behind(unit_of_work, _Family(token.family, token.mark), jti, with_person=with_person)
        if behind is None:
            return None
        standing, attributes = behind
        return LiveToken(
            client_id=token.client_id,
            audience=token.audience,
            scope=token.scope,
            issued_at=token.issued_at,
            expires_at=token.expires_at,
            standing=standing,
            attributes=attributes,
            jti=jti,
            binding=token.binding,
            act=token.act,
            matters=token.matters,
        )


def _binding_of(confirmation: object) -> Binding | None:
    if not isinstance(confirmation, dict):
        return None
    return Binding(jkt=confirmation.get("jkt"), x5t=confirmation.get("x5t#S256"))


def _object_of(claim: object) -> Mapping[str, Any] | None:
    return claim if isinstance(claim, dict) else None


def _of_the_release_before(unit_of_work: UnitOfWork, unverified_token: str, now: Instant) -> LiveToken | None:
    """0.2.0 wrote tokens down under `<number>.<secret>`; those work until they run out. To go with the next release."""
    presented = numbered_secret.read(unverified_token)
    if presented is None:
        return None
    token_id, secret = presented
    token = unit_of_work.authorizations.stored_token(token_id)
    if token is None or not hmac.compare_digest(token.secret_digest, numbered_secret.digest_of(secret)):
        return None
    if token.revoked_at is not None or now >= token.expires_at:
        return None
    return LiveToken(
        client_id=token.client_id,
        audience=token.audience,
        scope=token.scope,
        issued_at=token.issued_at,
        expires_at=token.expires_at,
        standing=token.standing,
        jti=opaque_tokens.jti_of(unverified_token),
        stored_id=token.id,
    )


@dataclass(frozen=True, slots=True)
class _Family:
    """What a token says of its family; 0: its client acts for itself. JWTs of 0.2.0 have no mark."""

    number: int
    mark: str | None


_Behind = tuple[Standing | None, Attributes | None]


def _behind(unit_of_work: UnitOfWork, family: _Family, jti: str, *, with_person: bool) -> _Behind | None:
    """The family that the token belongs to, if it belongs to one, and its person's data; None: it was called back."""
    authorizations = unit_of_work.authorizations
    if not family.number:
        return None if authorizations.is_token_revoked(jti) else (None, None)
    found: tuple[Standing, Attributes | None] | None
    if with_person:
        found = authorizations.person_of_token(family.number, jti)
    else:
        standing = authorizations.standing_of_token(family.number, jti)
        found = None if standing is None else (standing, None)
    is_another = found is not None and family.mark is not None and found[0].authorization.mark != family.mark
    return None if is_another else found


def _moment(claims: Mapping[str, object], name: str) -> Instant:
    return Instant(int(str(claims[name])))
