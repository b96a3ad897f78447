"""Apps that register themselves (RFC 7591, RFC 7592, OpenID Connect Registration), within what officers allowed them.

The decision that wants two people was made with the initial access token: what an app asks for within it takes effect at
once. What it asks for beyond is left out, as RFC 7591 §2 lets a server do, and goes to officers as a draft.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from idp.clock import Instant, after
from idp.entropy import random_token, random_uid
from idp.errors import Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.model import numbered_secret
from idp.model.authorization import SCOPES
from idp.model.client import Client, ClientStatus
from idp.model.registration import InitialAccessToken, Registration
from idp.oauth.client_agreements import origin_of
from idp.oauth.client_members import ClientMetadata
from idp.oauth.client_metadata import can_keep_secret
from idp.ports import Proposals, UnitOfWork
from idp.registration import elsewhere
from idp.registration.bounds import RegistrationBounds
from idp.registration.faults import InvalidClientMetadata
from idp.registration.register import register
from idp.registration.status import disable
from idp.services import Services
from idp.settings import is_loopback

OF_OFFICERS = frozenset(
    {
        "profile", "channel", "level", "asks_consent", "signs_in_staff", "api_role", "resource", "resource_scope",
        "resource_matters", "authorization_details_types", "matters", "accepts_mandates", "sector_identifier",
        "audience", "resources", "may_act", "exchange_audiences", "purpose", "licences",
    }
)  # fmt: skip
"""Members about which officers decide, whatever an app writes: its `purpose`, too, which our page tells people in our name."""
OF_SERVER = frozenset({"client_id", "client_secret"})
_ASKED = frozenset(ClientMetadata.model_fields) - OF_SERVER
_ANOTHER_SECTOR = (
    "sector_identifier_uri: another host is another sector, where every person has another sub; name a list at the host "
    "of before (OpenID Connect Registration section 5), or ask the officers"
)
RETRY_SECONDS = 30
"""How long the registration access token of before works: the answer that brought the new one may have been lost."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What an app is told of its registration (RFC 7591 §3.2.1, RFC 7592 §3).

    Attributes:
        secret: told once, where it is new.
        registration_access_token: by which it is managed from now on.
        draft: the number of the draft of what goes beyond what was allowed; None: nothing does.
    """

    client: Client
    registration_access_token: str
    issued_at: Instant
    secret: str | None = None
    draft: int | None = None


class InvalidToken(Refused):
    """The token shown is none that allows this (RFC 6750 §3.1); nobody learns why."""

    def __init__(self, public: str = "The token is unknown, over, used up or for another app.") -> None:
        super().__init__("invalid_token", public, status=401)


class DynamicRegistration:
    """Registers, shows, changes and ends what apps bring.

    Args:
        proposals: where goes what they may not have by themselves.
    """

    def __init__(self, services: Services, proposals: Proposals) -> None:
        self._services = services
        self._proposals = proposals
        self._bounds = RegistrationBounds(services)

    def create(self, unverified_token: str | None, asked: Mapping[str, Any]) -> Registered:
        """A new app (RFC 7591 §3); raises `Refused` with nothing written."""
        services, now = self._services, self._services.clock()
        with services.begin() as unit_of_work:
            token = _initial(unit_of_work, unverified_token, now)
        self._bounds.count_registration(token.id)
        client_id, secret = random_uid(), random_token()
        fixed: dict[str, Any] = {"profile": token.profile.value, "channel": token.channel, "level": token.level.value}
        if not _has_provable_sector(asked):
            fixed["sector_identifier"] = client_id
        whole = _whole(asked, client_id, fixed)
        within = _within(whole, fixed, frozenset(token.scope), default_scope=token.scope)
        wanted = self._read(_with_secret(within, secret))
        _refuse_what_is_not_its(wanted, None, services.settings.issuer)
        client, logo = elsewhere.verified(services.fetcher, wanted, None)
        management = random_token()
        registration = Registration(
            client_id=client_id,
            initial_access_token=token.id,
            secret_digest=numbered_secret.digest_of(management),
            issued_at=now,
        )
        with services.begin() as unit_of_work:
            if not unit_of_work.initial_access_tokens.use(token.id, now):
                raise InvalidToken
            if logo is not None:
                unit_of_work.logos.add(logo)
            register(unit_of_work, [client], now)
            unit_of_work.registrations.add(registration)
            unit_of_work.events.record(_event(Action.CLIENT_REGISTERED_ITSELF, client, now, token.id))
            unit_of_work.commit()
        draft = self._draft_of(whole, within)
        return Registered(client, management, now, secret if client.secret_digests else None, draft)

    def show(self, unverified_token: str | None, client_id: str) -> Registered:
        """The registration as it is (RFC 7592 §2.1); its token stays the same."""
        with self._services.begin() as unit_of_work:
            registration, client = self._managed(unit_of_work, unverified_token, client_id)
        return Registered(client, str(unverified_token), registration.issued_at)

    def update(self, unverified_token: str | None, client_id: str, asked: Mapping[str, Any]) -> Registered:
        """Another registration in its place (RFC 7592 §2.2), read by the same rules as a new one (threat E08)."""
        services, now = self._services, self._services.clock()
        with services.begin() as unit_of_work:
            registration, client = self._managed(unit_of_work, unverified_token, client_id)
        self._bounds.count_change(client_id)
        _refuse_another_client(asked, client)
        now_has = services.registrations.metadata_of(client)
        fixed = {name: value for name, value in now_has.items() if name in OF_OFFICERS}
        fixed |= {"sector_identifier": _sector(asked, client)}
        whole = _whole(asked, client_id, fixed)
        # What it has now, not what it was once allowed: officers may have taken some of that back, or the token.
        within = _within(whole, fixed, frozenset(client.scope), default_scope=client.scope)
        secret = random_token()
        wanted = self._read(within if can_keep_secret(within, client) else _with_secret(within, secret), client)
        _refuse_another_sector(wanted, client)
        _refuse_what_is_not_its(wanted, client, services.settings.issuer)
        wanted, logo = elsewhere.verified(services.fetcher, wanted, client)
        is_new_secret = bool(wanted.secret_digests) and wanted.secret_digests != client.secret_digests
        management = random_token()
        following = replace(
            registration,
            secret_digest=numbered_secret.digest_of(management),
            former_digest=registration.secret_digest,
            rotated_at=now,
        )
        with services.begin() as unit_of_work:
            _refuse_unless_unchanged(unit_of_work, client)
            if logo is not None:
                unit_of_work.logos.add(logo)
            register(unit_of_work, [wanted], now)
            if not unit_of_work.registrations.rotate(registration, following):
                raise InvalidToken
            unit_of_work.events.record(_event(Action.CLIENT_CHANGED_ITSELF, wanted, now))
            unit_of_work.commit()
        draft = self._draft_of(whole, within)
        return Registered(wanted, management, registration.issued_at, secret if is_new_secret else None, draft)

    def end(self, unverified_token: str | None, client_id: str) -> None:
        """Nobody signs in to it any more, its tokens are dead, and its token manages nothing (RFC 7592 §2.3)."""
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            _, client = self._managed(unit_of_work, unverified_token, client_id)
            self._bounds.count_change(client_id)
            if not unit_of_work.registrations.end(client_id):
                raise InvalidToken
            disable(unit_of_work, client_id, now)
            unit_of_work.events.record(_event(Action.CLIENT_ENDED_ITSELF, client, now))
            unit_of_work.commit()

    def _read(self, metadata: Mapping[str, Any], client: Client | None = None) -> Client:
        known = {} if client is None else {client.client_id: client}
        return self._services.registrations.read([metadata], known)[0]

    def _managed(
        self, unit_of_work: UnitOfWork, unverified_token: str | None, client_id: str
    ) -> tuple[Registration, Client]:
        """The registration that this token manages; one of an app that officers stopped manages nothing."""
        registration = unit_of_work.registrations.get(client_id)
        client = unit_of_work.clients.get(client_id)
        if registration is None or client is None or unverified_token is None:
            raise InvalidToken
        digest = numbered_secret.digest_of(unverified_token)
        is_current = hmac.compare_digest(digest, registration.secret_digest)
        if not is_current and not _is_former(registration, digest, self._services.clock()):
            raise InvalidToken
        if client.status is not ClientStatus.ACTIVE:
            raise Refused("access_denied", "The app was stopped; ask the officers.", status=403)
        return registration, client

    def _draft_of(self, whole: Mapping[str, Any], within: Mapping[str, Any]) -> int | None:
        client_id = str(whole["client_id"])
        if _is_within(whole, within) or not self._bounds.may_propose(client_id):
            return None
        try:
            try:
                return self._proposals.propose(client_id, whole)
            except InvalidClientMetadata as refused:
                # What nobody could approve is left out, as what nobody understands (RFC 7591 §2); the rest still waits.
                rest = _without_faults(whole, within, refused.faults)
                return None if _is_within(rest, within) else self._proposals.propose(client_id, rest)
        except Refused:
            # So is what cannot be written down now: the registration stands already, and a 503 in its place would lose its
            # secret and its token.
            return None


def _initial(unit_of_work: UnitOfWork, unverified_token: str | None, now: Instant) -> InitialAccessToken:
    presented = None if unverified_token is None else numbered_secret.read(unverified_token)
    token = None if presented is None else unit_of_work.initial_access_tokens.get(presented[0])
    if token is None or presented is None:
        raise InvalidToken
    if not hmac.compare_digest(token.secret_digest, numbered_secret.digest_of(presented[1])) or not token.is_good(now):
        raise InvalidToken
    return token


def _refuse_unless_unchanged(unit_of_work: UnitOfWork, client: Client) -> None:
    """What officers changed since it was read must not be taken back by it."""
    unit_of_work.clients.hold()
    if client not in unit_of_work.clients.all():
        raise Unavailable("The registration is being changed at this moment. Please try again.", retry_after=1)


def _is_former(registration: Registration, digest: bytes, now: Instant) -> bool:
    if registration.former_digest is None or registration.rotated_at is None:
        return False
    return now <= after(registration.rotated_at, RETRY_SECONDS) and hmac.compare_digest(
        digest, registration.former_digest
    )


def _whole(asked: Mapping[str, Any], client_id: str, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """What it asks for, as far as we understand it (RFC 7591 §2), beside what officers decided."""
    decided = {name: value for name, value in fixed.items() if value is not None}
    understood = {name: value for name, value in asked.items() if name in _ASKED and value is not None}
    return {"client_name": _name_of(asked, client_id), **decided, **understood, "client_id": client_id}


def _within(
    whole: Mapping[str, Any], fixed: Mapping[str, Any], allowed: frozenset[str], *, default_scope: tuple[str, ...]
) -> dict[str, Any]:
    """The same without what it may not have by itself."""
    free = {name: value for name, value in whole.items() if name not in OF_OFFICERS}
    scope = whole.get("scope")
    if scope is None:
        free["scope"] = " ".join(default_scope)
    elif isinstance(scope, str):
        free["scope"] = " ".join(name for name in scope.split() if name in allowed)
        optional = whole.get("optional_scope")
        if isinstance(optional, str):
            free["optional_scope"] = " ".join(name for name in optional.split() if name in free["scope"].split())
    return {**free, **{name: value for name, value in fixed.items() if value is not None}}


def _is_within(whole: Mapping[str, Any], within: Mapping[str, Any]) -> bool:
    return all(whole[name] == within.get(name) for name in whole)


def _without_faults(whole: Mapping[str, Any], within: Mapping[str, Any], faults: Sequence[str]) -> Mapping[str, Any]:
    """What it asks for, but for the members that a fault names; of the scope only the names that no resource gives are lost."""
    faulty = {name for fault in faults for name in re.findall(r"\b([a-z_]+): ", fault)}
    kept = {name: value for name, value in whole.items() if name not in faulty}
    allowed = {name: within[name] for name in whole.keys() - kept.keys() if name in within}
    scope = whole.get("scope")
    if "scope" not in kept and isinstance(scope, str):
        had = str(within.get("scope", "")).split()
        allowed["scope"] = " ".join(name for name in scope.split() if name in had or name in SCOPES)
    return {**kept, **allowed}


def _name_of(asked: Mapping[str, Any], client_id: str) -> str:
    """An app without a name is called by where it is (RFC 7591 §2 leaves that to us)."""
    addresses = asked.get("redirect_uris")
    return (_host_of(addresses[0]) if isinstance(addresses, list) and addresses else "") or client_id


def _host_of(address: object) -> str:
    try:
        return (urlsplit(address).hostname or "") if isinstance(address, str) else ""
    except ValueError:
        return ""


def _with_secret(metadata: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """A secret of ours, where it authenticates by one."""
    method = metadata.get("token_endpoint_auth_method", "client_secret_basic")
    needs_one = isinstance(method, str) and method.startswith("client_secret_")
    return {**metadata, **({"client_secret": secret} if needs_one else {})}


def _places(asked: Mapping[str, Any]) -> set[str]:
    """The hosts that it wants people sent back to; an address without one is a place of its own."""
    addresses = asked.get("redirect_uris")
    return {_host_of(each) or str(each) for each in addresses} if isinstance(addresses, list) else set()


def _has_provable_sector(asked: Mapping[str, Any]) -> bool:
    """Whether somebody in particular is at these places: everybody may name the loopback, or a scheme of an app's own.

    Apps that share such a place share no `sub`, or one would know the people of the other.
    """
    addresses = asked.get("redirect_uris")
    texts = [each for each in addresses if isinstance(each, str)] if isinstance(addresses, list) else []
    return bool(asked.get("sector_identifier_uri")) or all(_host_of(each) and not is_loopback(each) for each in texts)


def _sector(asked: Mapping[str, Any], client: Client) -> str | None:
    """The one it has, while it stays where it is, or where nobody else is in it; else what its addresses make of it."""
    if asked.get("sector_identifier_uri"):
        return None
    is_there = _places(asked) <= _places({"redirect_uris": list(client.redirect_uris)})
    return client.sector if is_there or client.sector == client.client_id else None


def _refuse_another_sector(wanted: Client, client: Client) -> None:
    """Its people stay the same people when it moves (OpenID Connect Core §8.1), if its sector's host says that it is the same.

    Else an app would register an address of somebody else's host, move to its own, and know people by their `sub` there.
    """
    if wanted.sector != client.sector:
        raise InvalidClientMetadata([_ANOTHER_SECTOR])


def _refuse_what_is_not_its(wanted: Client, before: Client | None, issuer: str) -> None:
    """Addresses at ours, and a place that would hear of people without being where their sector is.

    Its host alone gets the codes of a sector, so whoever names somebody else's host learns nothing there; but a logout token
    goes where it is told to, with a `sub` in it that other apps of the sector know.
    """
    faults = []
    if origin_of(issuer) in map(origin_of, (*wanted.redirect_uris, *wanted.post_logout_redirect_uris)):
        faults.append("redirect_uris, post_logout_redirect_uris: are addresses of this server")
    address = wanted.backchannel_logout_uri
    is_new = before is None or before.backchannel_logout_uri != address
    hosts = set(map(_host_of, wanted.redirect_uris))
    if address is not None and is_new and wanted.sector != wanted.client_id and _host_of(address) not in hosts:
        faults.append("backchannel_logout_uri: must be at a host of the redirect_uris; ask the officers for another")
    if faults:
        raise InvalidClientMetadata(faults)


def _refuse_another_client(asked: Mapping[str, Any], client: Client) -> None:
    """RFC 7592 §2.2: what the server said of it comes back as it was, or not at all."""
    if asked.get("client_id", client.client_id) != client.client_id:
        raise Refused("invalid_client_metadata", "client_id: is another one than that of the path.")
    told = asked.get("client_secret")
    if told is None:
        return
    is_its = isinstance(told, str) and any(
        hmac.compare_digest(numbered_secret.digest_of(told), digest) for digest in client.secret_digests
    )
    if not is_its:
        raise Refused("invalid_client_metadata", "client_secret: is not the one that was told.")


def _event(action: Action, client: Client, now: Instant, token_id: int | None = None) -> Event:
    data: dict[str, str | int | list[str]] = {} if token_id is None else {"initial_access_token": token_id}
    return Event(kind=Kind.AUDIT, action=action, at=now, client_id=client.client_id, channel=client.channel, data=data)
