"""Authorization requests, however they come (RFC 6749 §4.1.1): in the address, pushed (RFC 9126), or signed (RFC 9101)."""

import re
from typing import Any, Protocol

from authlib.oauth2.rfc6749 import OAuth2Error

from idp.errors import Refused, RefusedAtClient, ReplyTo, TooOften
from idp.http.networks import network_of
from idp.http.request import Parameters, Request
from idp.model.channel import Channel
from idp.model.client import OWN_CLIENTS, Client, ClientStatus
from idp.model.interaction import AuthorizationRequest
from idp.model.matter import Matter
from idp.oauth import claims
from idp.oauth.client import RegisteredClient, matches_redirect_uri
from idp.oauth.client_authentication import ClientAuthentication
from idp.oauth.extensions import authorization_details
from idp.oauth.extensions.authorization_details import mandate_of, matters_of
from idp.oauth.extensions.id_token_hint import subjects_of
from idp.oauth.extensions.openid import claims_of, essential_acr_of, max_age_of, prompts_of, voluntary_acr_of
from idp.oauth.extensions.request_object import RequestObjects
from idp.oauth.extensions.resource_indicators import resources_of
from idp.oauth.extensions.response_mode import response_mode_of, response_mode_of_refusal
from idp.oauth.possession import Possession
from idp.oauth.profiles import rules_of
from idp.oauth.pushed_requests import URN, Asked, PushedRequests
from idp.oauth.request import OAuthRequest
from idp.oauth.response_types import brings_tokens, canonical_response_type
from idp.services import Services

PARAMETERS = (
    "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "response_mode", "prompt",
    "max_age", "login_hint", "id_token_hint", "acr_values", "ui_locales", "claims", "display", "request", "request_uri",
    "dpop_jkt", "authorization_details",
)  # fmt: skip
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
MAX_PUSHES = 60
"""What an app that cannot authenticate itself may push from one address within a minute: each is stored (threat N12)."""


class Provers(Protocol):
    """What of the authorization server is asked here."""

    client_authentication: ClientAuthentication
    possession: Possession

    def query_client(self, client_id: str) -> RegisteredClient | None:
        """The client with this id."""

    def get_authorization_grant(self, request: OAuthRequest) -> Any:
        """The grant that validates this request."""


class AuthorizationRequests:
    """Reads and verifies them; built once per process.

    Args:
        server: whose grants say what is valid.
    """

    def __init__(self, services: Services, server: Provers) -> None:
        settings = services.settings
        self.pushed = PushedRequests(services.ephemeral, services.cipher, settings.tokens.pushed_request)
        self._server = server
        self._issuer = settings.issuer
        self._services = services
        self._objects = RequestObjects(
            settings.issuer,
            services.fetcher,
            services.clock,
            server.client_authentication.keys,
            at_once=max(1, settings.server.threads // 4),
        )

    def read(self, sent: Parameters) -> tuple[AuthorizationRequest, Client]:
        """The verified request that came to the authorization endpoint, and its client.

        Raises:
            Refused: client or redirect_uri could not be proven; shown on a page, never redirected (RFC 9700 §4.11).
            RefusedAtClient: anything else that is wrong, to be told at the redirect_uri.
        """
        sent.refuse_doubled("client_id", "request", "request_uri")
        client = self._client(sent)
        return self._verified(self._asked(sent, client), client), client

    def push(self, request: Request) -> tuple[str, int]:
        """Keep the request that a client pushed: its request_uri, and for how many seconds (RFC 9126 §2.2).

        Raises:
            Refused: whatever is wrong with the client, or with what it asks for.
        """
        form = request.form
        if request.query and not request.parameters.keys().isdisjoint({"client_id", *PARAMETERS}):
            raise Refused("invalid_request", "Send the parameters in the body, never in the URL.")
        with self._services.begin() as unit_of_work:
            client = self._server.client_authentication(request, form, unit_of_work)
        form.refuse_doubled("request", "request_uri")
        if "request_uri" in form:
            raise Refused("invalid_request", "A pushed request names no request_uri (RFC 9126 section 2.1).")
        if not client.is_confidential:
            self._count(request, client)
        is_signed = form.text("request") is not None
        parameters = self._objects.parameters(form, client) if is_signed else _without_credentials(form, client)
        key = self._server.possession.key_if_any(request, client)
        if key is not None and parameters.setdefault("dpop_jkt", key) != key:
            raise Refused("invalid_dpop_proof", "The dpop_jkt is that of another key.")
        asked = Asked(
            parameters=parameters, is_proven=client.is_confidential or is_signed, is_signed=is_signed, request_uri=URN
        )
        self._verified(asked, client)
        return self.pushed.keep(client, asked), self.pushed.seconds

    def _targets(self, data: Parameters, client: Client) -> tuple[tuple[str, ...], tuple[Matter, ...]]:
        """The resources that are named, or at which a matter is, and the matters."""
        if "resource" not in data and authorization_details.NAME not in data:
            return (), ()
        named = data.all_of("resource")
        with self._services.begin() as unit_of_work:
            matters = matters_of(data, client, unit_of_work.clients, named)
            places = tuple(dict.fromkeys((*named, *(matter.location for matter in matters))))
            return resources_of(places, client, unit_of_work.clients), matters

    def _count(self, request: Request, client: Client) -> None:
        caller = self._services.cipher.index("pushes", f"{network_of(request.peer)}\0{client.client_id}").hex()
        if self._services.ephemeral.incr(f"pushes:{caller}", 60) > MAX_PUSHES:
            raise TooOften(60, "Too many requests were pushed; wait a minute.")

    def _client(self, sent: Parameters) -> Client:
        found = self._server.query_client(sent.get("client_id", ""))
        client: Client | None = None if found is None else found.model
        if client is None or client.status is not ClientStatus.ACTIVE or not self._is_on(client):
            raise Refused("invalid_request", "The client is not registered here.", detail="unknown or disabled client")
        return client

    def still_stands(self, request: AuthorizationRequest, client: Client) -> bool:
        """Whether what was verified when a sign-in began would be today: registrations change meanwhile."""
        is_its_type = request.response_type in rules_of(client).response_types
        return (
            self._is_on(client)
            and (request.request_uri is not None or not _must_push(client))
            and matches_redirect_uri(client, request.redirect_uri)
            and (is_its_type and request.response_type in client.response_types)
        )

    def _is_on(self, client: Client) -> bool:
        """Whether clients of its profile may come; our own pages are of none."""
        return client.profile in self._services.settings.profiles or client.client_id in OWN_CLIENTS

    def _asked(self, sent: Parameters, client: Client) -> Asked:
        request_uri = sent.text("request_uri")
        if request_uri is not None and request_uri.startswith(URN) and sent.text("request") is None:
            return self.pushed.find(client, request_uri)
        if request_uri is not None or sent.text("request") is not None:
            return Asked(parameters=self._objects.parameters(sent, client), is_proven=True, is_signed=True)
        return Asked(parameters=sent)

    def _verified(self, asked: Asked, client: Client) -> AuthorizationRequest:
        parameters = asked.parameters
        parameters.refuse_doubled("redirect_uri")
        if not matches_redirect_uri(client, parameters.get("redirect_uri", "")):
            raise Refused("invalid_request", "The redirect_uri is not registered.", detail="redirect_uri mismatch")
        try:
            parameters.refuse_doubled(*PARAMETERS)
            _refuse_what_the_channel_forbids(self._services.channels.get(client.channel), asked)
            _refuse_what_the_client_forbids(client, asked)
            response_type = _response_type_for(client, parameters.text("response_type"))
            response_mode_of(parameters)
            return self._read(asked, client, self._valid_scope(parameters, client, response_type))
        except Refused as refused:
            raise _at_client(refused.code, refused.public, client, parameters) from None
        except OAuth2Error as error:
            raise _at_client(str(error.error), public_text_of(error), client, parameters) from None

    def _valid_scope(self, parameters: Parameters, client: Client, response_type: str) -> tuple[str, ...]:
        """What the grant of this response type leaves of the scope, once it found everything else right."""
        if parameters["response_type"] != response_type:  # Authlib compares it as text
            parameters = Parameters({**parameters, "response_type": response_type})
        request = OAuthRequest(Request("GET", "/authorize", "", {}, ""), self._issuer, parameters)
        request.client = RegisteredClient(client)
        grant = self._server.get_authorization_grant(request)
        grant.validate_authorization_request()
        return tuple(str(request.scope).split())

    def _read(self, asked: Asked, client: Client, scope: tuple[str, ...]) -> AuthorizationRequest:
        data = asked.parameters
        requested = claims_of(data)
        resources, matters = self._targets(data, client)
        by_claims = (name for name in claims.scope_of(requested) if name in client.scope and name not in scope)
        return AuthorizationRequest(
            client_id=client.client_id,
            redirect_uri=data["redirect_uri"],
            response_type=canonical_response_type(data["response_type"]),
            response_mode=response_mode_of(data),
            scope=scope,
            code_challenge=data.text("code_challenge"),
            state=data.text("state"),
            nonce=data.text("nonce"),
            prompt=prompts_of(data),
            max_age=max_age_of(data),
            login_hint=data.text("login_hint"),
            ui_locales=tuple(data.get("ui_locales", "").split()[:8]),
            acr_values=(tuple(data.get("acr_values", "").split()) or voluntary_acr_of(requested))[:8],
            essential_acr=essential_acr_of(requested),
            claims=requested,
            claim_scope=tuple(by_claims),
            subjects=subjects_of(data, requested, self._issuer, self._services.signer),
            request_uri=asked.request_uri,
            dpop_jkt=_thumbprint_of(data),
            resources=resources,
            matters=matters,
            mandate=mandate_of(data, client) if authorization_details.NAME in data else None,
        )


def _thumbprint_of(data: Parameters) -> str | None:
    """`dpop_jkt` (RFC 9449 §10); what is none can be no key's."""
    text = data.text("dpop_jkt")
    if text is not None and _THUMBPRINT.fullmatch(text) is None:
        raise Refused("invalid_request", "The dpop_jkt is not the base64url form of a SHA-256 thumbprint.")
    return text


def public_text_of(error: OAuth2Error) -> str:
    """Authlib's own sentence; it holds nothing of the request, since ours were checked before Authlib saw them."""
    return str(error.description or error.get_error_description() or error.error)


def _without_credentials(form: Parameters, client: Client) -> Parameters:
    """The authorization request alone, as RFC 9126 §2.1 has it beside what proves the client."""
    credentials = {"client_id", "client_secret", "client_assertion", "client_assertion_type"}
    parameters = Parameters({name: value for name, value in form.items() if name not in credentials})
    parameters.doubled, parameters.repeated = form.doubled, form.repeated
    parameters["client_id"] = client.client_id
    return parameters


def _refuse_what_the_channel_forbids(channel: Channel | None, asked: Asked) -> None:
    """A channel allows its own grants only, and most must prove their client before anything starts (MISSION)."""
    response_type = asked.parameters.get("response_type", "")
    if channel is None or "authorization_code" not in channel.grants:
        raise Refused("unauthorized_client", "The channel of this client does not allow the code flow.")
    if brings_tokens(response_type) and "implicit" not in channel.grants:
        raise Refused("unauthorized_client", "The channel of this client does not allow tokens without a code.")
    if channel.must_prove_itself and not asked.is_proven:
        raise Refused("unauthorized_client", "A client of this channel must authenticate before it starts.")


def _refuse_what_the_client_forbids(client: Client, asked: Asked) -> None:
    """What its profile and its registration demand of the way a request comes."""
    if _must_push(client) and asked.request_uri is None:
        raise Refused("invalid_request", "Push the request first (RFC 9126).")
    if client.require_signed_request_object and not asked.is_signed:
        raise Refused("invalid_request", "Sign the request (RFC 9101).")


def _must_push(client: Client) -> bool:
    return rules_of(client).pushes_requests or client.require_pushed_authorization_requests


def _response_type_for(client: Client, response_type: str | None) -> str:
    """Before Authlib, whose own refusal would repeat the request's text (RFC 6749 §4.1.2.1)."""
    if response_type is None:
        raise Refused("invalid_request", "Send a response_type.")
    canonical = canonical_response_type(response_type)
    if canonical not in rules_of(client).response_types:
        raise Refused("unsupported_response_type", "Use response_type=code.")
    if canonical not in client.response_types:
        raise Refused("unauthorized_client", "The client did not register this response_type.")
    return canonical


def _at_client(code: str, public: str, client: Client, parameters: Parameters) -> RefusedAtClient:
    reply_to = ReplyTo(
        client_id=client.client_id,
        redirect_uri=parameters["redirect_uri"],
        state=parameters.text("state"),
        response_mode=response_mode_of_refusal(parameters),
    )
    return RefusedAtClient(code, public, reply_to)
