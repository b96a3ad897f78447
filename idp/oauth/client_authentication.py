"""Who is calling: one method presented, equal to the registered one, one comparison, one refusal (RFC 6749 §2.3)."""

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote_plus

from idp.errors import Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.http.networks import network_of
from idp.http.request import Parameters, Request
from idp.model.client import Client, ClientStatus
from idp.oauth import client_assertion
from idp.oauth.client_assertion import ClientAssertion
from idp.oauth.client_certificates import ClientCertificates
from idp.oauth.client_keys import ClientKeys
from idp.oauth.profiles import BY_CERTIFICATE, rules_of
from idp.oauth.strangers_keys import STRANGERS_KEYS
from idp.oauth.used_once import UsedOnce
from idp.ports import UnitOfWork
from idp.services import Services

MAX_SECRET = 1024
MAX_CLIENT_ID = 255
MAX_REMEMBERED = 4096
"""Headers that proved a client: one or two for each app that asks often."""
MAX_FAILURES = 30
"""Wrong attempts of one client_id from one address within a minute; the right one passes even beyond."""

_ASSERTION = frozenset({"client_assertion", "client_assertion_type"})
_IN_THE_BODY = frozenset({"client_secret", *_ASSERTION})
_SENT_ONCE = ("client_id", *sorted(_IN_THE_BODY))
NOBODYS_SECRET = "what an assertion is compared with when there is no client, so that it takes as long"
_NOBODY = (b"\0" * 32,)
_MINUTE = 60


class ClientRefused(Refused):
    """`invalid_client`, always in the same words, so that nobody learns which client ids exist (threats E01, T6)."""

    def __init__(self, detail: str, *, status: int = 401) -> None:
        super().__init__("invalid_client", "The client could not be authenticated.", status=status, detail=detail)


class TooManyFailures(ClientRefused):
    """The same words as ever with 429: this caller failed so often that we ask it to wait (threat D09)."""

    retry_after = _MINUTE

    def __init__(self, detail: str) -> None:
        super().__init__(detail, status=429)


@dataclass(frozen=True, slots=True)
class _Presented:
    method: str
    client_id: str
    secret: str = ""
    assertion: ClientAssertion | None = None


class ClientAuthentication:
    """Finds out which client makes a request; built once per process."""

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self._audiences = tuple(settings.issuer + path for path in ("", "/token", "/par"))
        self._profiles = settings.profiles
        self._clock = services.clock
        self._begin = services.begin
        self._ephemeral = services.ephemeral
        self.used_once = UsedOnce(services.ephemeral, services.clock)
        self.keys = ClientKeys(
            services.fetcher,
            services.clock,
            self._note_unreachable,
            delay=settings.fetch.jwks_refresh_delay,
            at_once=max(1, settings.server.threads // 4),
        )
        mutual_tls = settings.mutual_tls
        self._certificates = ClientCertificates(
            None if mutual_tls is None else mutual_tls.authorities, self.keys, services.clock
        )
        self._proven_before: dict[bytes, Client] = {}
        with suppress(Unavailable):  # a store that is down now is looked at with the first assertion
            self.used_once.watch()

    def __call__(self, request: Request, form: Parameters, unit_of_work: UnitOfWork) -> Client:
        """The client that made the request.

        Raises:
            ClientRefused: whatever is wrong with client, secret, assertion or method; `TooManyFailures` in the end.
            Refused: `invalid_request` for two methods at once, and for credentials doubled or in the URL.
            Unavailable: a store is down, or nobody knows whether the assertion was used before.
        """
        form.refuse_doubled(*_SENT_ONCE)
        if request.query and not _IN_THE_BODY.isdisjoint(request.parameters):
            raise Refused("invalid_request", "Send credentials in the header or the body, never in the URL.")
        proof = _digest_of_header(request, form)
        known = self._proven_before.get(proof)
        if known is not None and unit_of_work.clients.get(known.client_id) is known and _names(known, form):
            return known
        presented = None
        try:
            presented = _presented(request, form)
            client = self._proven(presented, request.certificate, unit_of_work)
        except ClientRefused as refused:
            claimed = form.get("client_id", "") if presented is None else presented.client_id
            self._count_failure(request.peer, claimed, refused)
            raise
        self._remember(proof, client)
        return client

    def _remember(self, proof: bytes, client: Client) -> None:
        """The same header proves the same client as long as this registration of it is in force."""
        if proof:
            if len(self._proven_before) >= MAX_REMEMBERED:
                self._proven_before.clear()
            self._proven_before[proof] = client

    def _proven(self, presented: _Presented, certificate: str, unit_of_work: UnitOfWork) -> Client:
        """The one comparison: the same work whether there is such a client or not."""
        client = unit_of_work.clients.get(presented.client_id) if _may_be_one(presented.client_id) else None
        if client is not None and (client.status is not ClientStatus.ACTIVE or client.profile not in self._profiles):
            client = None
        # Registered before its profile had refusals, it may have another method.
        if client is not None and client.token_endpoint_auth_method not in rules_of(client).authentication_methods:
            client = None
        if client is not None and presented.method == "none" and client.token_endpoint_auth_method in BY_CERTIFICATE:
            if not self._certificates.prove(certificate, client):
                raise ClientRefused("no certificate of this client")
            return client
        is_its_method = client is not None and client.token_endpoint_auth_method == presented.method
        known = client if is_its_method else None
        is_proven = self._is_proven(presented, known)
        if client is None:
            raise ClientRefused("no such active client")
        if not is_its_method:
            raise ClientRefused(f"registered for {client.token_endpoint_auth_method}, came with {presented.method}")
        if not is_proven:
            raise ClientRefused("wrong secret or signature")
        if presented.assertion is not None:
            self._accept(presented.assertion, client)
        return client

    def _is_proven(self, presented: _Presented, client: Client | None) -> bool:
        if presented.assertion is not None:
            token = presented.assertion.token
            if presented.method == "client_secret_jwt":
                secrets = () if client is None else client.secrets
                is_right = token.is_signed_with(secrets or (NOBODYS_SECRET,)) and bool(secrets)
                if not is_right and client is not None and client.sealed_secrets:
                    raise Unavailable(
                        "This client cannot be authenticated at this moment.",
                        detail=f"a secret of {client.client_id} does not decrypt: a key is missing, or it was altered",
                    )
                return is_right
            keys = () if client is None else self.keys.fit_for(token, client)
            return token.is_signed_by(keys or STRANGERS_KEYS[token.alg]) and bool(keys)
        matches = _secret_matches(presented.secret, () if client is None else client.secret_digests)
        return matches or presented.method == "none"

    def _accept(self, assertion: ClientAssertion, client: Client) -> None:
        """Check the claims of an assertion that this client signed, and let it be used once."""
        if (fault := assertion.fault(client, self._audiences, self._clock())) is not None:
            raise ClientRefused(f"assertion: {fault}")
        if not self.used_once.claim(
            f"client_assertion:{client.client_id}",
            assertion.jti,
            not_before=assertion.not_before,
            expires_at=assertion.expires_at,
        ):
            raise ClientRefused("assertion: it was used before")

    def _count_failure(self, peer: str, client_id: str, refused: ClientRefused) -> None:
        caller = hashlib.sha256(f"{network_of(peer)}\0{client_id}".encode("utf-8", "surrogatepass")).hexdigest()
        if self._ephemeral.incr(f"client_failures:{caller}", _MINUTE) > MAX_FAILURES:
            raise TooManyFailures(refused.detail) from None

    def _note_unreachable(self, client_id: str, reason: str) -> None:
        """For the officers: an app that publishes its keys where nobody finds them cannot authenticate."""
        event = Event(
            kind=Kind.REFUSAL,
            action=Action.CLIENT_KEYS_UNREACHABLE,
            at=self._clock(),
            outcome="invalid_client",
            client_id=client_id,
            data={"reason": reason},
        )
        with suppress(Unavailable), self._begin() as unit_of_work:
            unit_of_work.events.record(event)
            unit_of_work.commit()


def _digest_of_header(request: Request, form: Parameters) -> bytes:
    """Of a secret that stands in the header alone; nothing for other credentials, which are looked at each time."""
    authorization = request.headers.get("authorization", "")
    if authorization[:6].lower() != "basic " or not _IN_THE_BODY.isdisjoint(form):
        return b""
    return hashlib.sha256(authorization.encode("utf-8", "surrogatepass")).digest()


def _names(client: Client, form: Parameters) -> bool:
    """Whether the form names no other client than the header."""
    return form.get("client_id", client.client_id) == client.client_id


def _presented(request: Request, form: Parameters) -> _Presented:
    authorization = request.headers.get("authorization", "")
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        client_id, secret = _basic(credentials)
        if not _IN_THE_BODY.isdisjoint(form) or form.get("client_id", client_id) != client_id:
            raise Refused("invalid_request", "Authenticate the client in one way only.")
        return _Presented("client_secret_basic", client_id, secret)
    if not _ASSERTION.isdisjoint(form):
        if "client_secret" in form:
            raise Refused("invalid_request", "Authenticate the client in one way only.")
        return _asserted(form)
    if "client_secret" in form:
        return _Presented("client_secret_post", form.get("client_id", ""), form["client_secret"])
    return _Presented("none", form.get("client_id", ""))


def _asserted(form: Parameters) -> _Presented:
    """RFC 7521 §4.2: `client_id` is optional beside an assertion, and then the same as its subject."""
    if form.get("client_assertion_type") != client_assertion.TYPE:
        raise ClientRefused("assertion: of an unknown type")
    assertion = ClientAssertion.read(form.get("client_assertion", ""))
    if assertion is None:
        raise ClientRefused("assertion: malformed")
    if form.get("client_id", assertion.client_id) != assertion.client_id:
        raise ClientRefused("assertion: of another client")
    return _Presented(assertion.method, assertion.client_id, assertion=assertion)


def _basic(credentials: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1: both parts are form-encoded before they are joined by a colon and base64-encoded."""
    try:
        client_id, colon, secret = b64decode(credentials, validate=True).decode("utf-8").partition(":")
        decoded = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (Base64Error, ValueError):
        raise ClientRefused("malformed Basic credentials") from None
    if not colon:
        raise ClientRefused("malformed Basic credentials")
    return decoded


def _may_be_one(client_id: str) -> bool:
    """Visible ASCII (RFC 6749 appendix A.1) of a length that we register; anything else never reaches the store."""
    return 0 < len(client_id) <= MAX_CLIENT_ID and client_id.isascii() and client_id.isprintable()


def _secret_matches(secret: str, digests: tuple[bytes, ...]) -> bool:
    """Compare with every valid secret in constant time; an unknown client costs the same."""
    if len(secret) > MAX_SECRET:
        return False
    presented = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
    matches = [hmac.compare_digest(presented, digest) for digest in digests or _NOBODY]
    return bool(digests) and any(matches)


def digest_of(secret: str) -> bytes:
    """How a client secret is stored: server-made secrets have 256 bits, so a fast digest is enough."""
    return hashlib.sha256(secret.encode()).digest()
