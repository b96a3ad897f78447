"""The authorization server: Authlib's framework-free core, with our own request, client authentication and body."""

from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer as AuthlibServer
from authlib.oauth2.rfc6749 import OAuth2Error

from idp.audit.usage import UsageCounts
from idp.errors import Refused, RefusedAtClient
from idp.http.request import Parameters, Request
from idp.model.client import Client, ClientStatus
from idp.model.interaction import AuthorizationRequest
from idp.oauth import claims
from idp.oauth.client import RegisteredClient, matches_redirect_uri
from idp.oauth.client_authentication import ClientAuthentication
from idp.oauth.codes import Codes
from idp.oauth.extensions.id_token_hint import subjects_of
from idp.oauth.extensions.openid import OpenIDParameters, claims_of, essential_acr_of, max_age_of, prompts_of
from idp.oauth.extensions.pkce import ProofKey
from idp.oauth.extensions.response_mode import response_mode_of, response_mode_of_refusal
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.grants.client_credentials import ClientCredentialsGrant
from idp.oauth.grants.refresh_token import RefreshTokenGrant
from idp.oauth.request import OAuthRequest
from idp.oauth.tokens import Mint
from idp.policy.rules import Rule
from idp.ports import UnitOfWork
from idp.services import Services

AUTHORIZATION_PARAMETERS = (
    "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "response_mode", "prompt",
    "max_age", "login_hint", "id_token_hint", "acr_values", "ui_locales", "claims", "display", "request", "request_uri",
)  # fmt: skip
TOKEN_PARAMETERS = (
    "grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier", "scope",
    "client_assertion", "client_assertion_type", "refresh_token",
)  # fmt: skip


class AuthorizationServer(AuthlibServer):
    """Validates authorization requests and answers token requests; keeps no state of its own."""

    def __init__(self, services: Services, rules: tuple[Rule, ...], usage: UsageCounts) -> None:
        super().__init__()
        self.issuer = services.settings.issuer
        self.clock = services.clock
        self.codes = Codes(services.cipher, services.ephemeral, services.settings.tokens.authorization_code)
        self.cipher = services.cipher
        self.channels = services.channels
        self.lifetimes = services.settings.tokens
        self.acr_prefix = services.settings.policy.acr_prefix
        self.rules = rules
        self.usage = usage
        self.mint = Mint(services)
        self.client_authentication = ClientAuthentication(services)
        self._begin = services.begin
        self._signer = services.signer
        grants = (AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant)
        self.grant_types = tuple(str(grant.GRANT_TYPE) for grant in grants)
        self.register_grant(AuthorizationCodeGrant, [ProofKey(), OpenIDParameters()])
        self.register_grant(RefreshTokenGrant)
        self.register_grant(ClientCredentialsGrant)

    # ── authorization endpoint ──

    def authorization_request(self, parameters: Parameters) -> tuple[AuthorizationRequest, Client]:
        """The verified request and its client.

        Raises:
            Refused: client or redirect_uri could not be proven; shown on a page, never redirected (RFC 9700 §4.11).
            RefusedAtClient: anything else that is wrong, to be told at the redirect_uri.
        """
        client = self._proven_client(parameters)
        request = OAuthRequest(Request("GET", "/authorize", "", {}, ""), self.issuer, parameters)
        try:
            parameters.refuse_doubled(*AUTHORIZATION_PARAMETERS)
            self._refuse_what_the_channel_forbids(client)
            response_mode_of(parameters)
            _refuse_other_response_types(parameters.text("response_type"))
            request.client = RegisteredClient(client)
            grant = self.get_authorization_grant(request)
            grant.validate_authorization_request()
            return self._verified(parameters, client, tuple(str(request.scope).split())), client
        except Refused as refused:
            raise self._at_client(refused.code, refused.public, parameters) from None
        except OAuth2Error as error:
            raise self._at_client(str(error.error), _public(error), parameters) from None

    def _proven_client(self, parameters: Parameters) -> Client:
        parameters.refuse_doubled("client_id", "redirect_uri")
        client = self.query_client(parameters.get("client_id", ""))
        if client is None or client.model.status is not ClientStatus.ACTIVE:
            raise Refused("invalid_request", "The client is not registered here.", detail="unknown or disabled client")
        model: Client = client.model
        if not matches_redirect_uri(model, parameters.get("redirect_uri", "")):
            raise Refused("invalid_request", "The redirect_uri is not registered.", detail="redirect_uri mismatch")
        return model

    def _refuse_what_the_channel_forbids(self, client: Client) -> None:
        """A channel allows its own grants only, and most must prove their client before anything starts (MISSION)."""
        channel = self.channels.get(client.channel)
        if channel is None or "authorization_code" not in channel.grants:
            raise Refused("unauthorized_client", "The channel of this client does not allow the code flow.")
        if channel.must_prove_itself:
            raise Refused("unauthorized_client", "A client of this channel must authenticate before it starts.")

    def _at_client(self, code: str, public: str, parameters: Parameters) -> RefusedAtClient:
        return RefusedAtClient(
            code,
            public,
            redirect_uri=parameters["redirect_uri"],
            state=parameters.text("state"),
            response_mode=response_mode_of_refusal(parameters),
        )

    def _verified(self, data: Parameters, client: Client, scope: tuple[str, ...]) -> AuthorizationRequest:
        requested = claims_of(data)
        by_claims = (name for name in claims.scope_of(requested) if name in client.scope and name not in scope)
        return AuthorizationRequest(
            client_id=data["client_id"],
            redirect_uri=data["redirect_uri"],
            response_type="code",
            response_mode=response_mode_of(data),
            scope=scope,
            code_challenge=data["code_challenge"],
            state=data.text("state"),
            nonce=data.text("nonce"),
            prompt=prompts_of(data),
            max_age=max_age_of(data),
            login_hint=data.text("login_hint"),
            ui_locales=tuple(data.get("ui_locales", "").split()[:8]),
            acr_values=tuple(data.get("acr_values", "").split()[:8]),
            essential_acr=essential_acr_of(requested),
            claims=requested,
            claim_scope=tuple(by_claims),
            subjects=subjects_of(data, requested, self.issuer, self._signer),
        )

    # ── token endpoint ──

    def token_response(self, request: Request) -> dict[str, Any]:
        """The members of a successful token response; raises `Refused` with everything undone or committed."""
        form = request.form
        form.refuse_doubled(*TOKEN_PARAMETERS)
        if request.query and not request.parameters.keys().isdisjoint(TOKEN_PARAMETERS):
            raise Refused("invalid_request", "Send the parameters in the body, never in the URL.")
        grant_type = form.text("grant_type")
        if grant_type is None:
            raise Refused("invalid_request", "Send a grant_type.")
        if grant_type not in self.grant_types:
            raise Refused("unsupported_grant_type", "The grant_type is not supported.")
        oauth_request = OAuthRequest(request, self.issuer, form)
        with self._begin() as unit_of_work:
            oauth_request.unit_of_work = unit_of_work
            try:
                grant = self.get_token_grant(oauth_request)
                grant.validate_token_request()
                response: dict[str, Any] = grant.tokens(unit_of_work, self.clock())
            except OAuth2Error as error:
                raise Refused(str(error.error), _public(error), status=error.status_code) from None
            unit_of_work.commit()
        return response

    # ── what Authlib's core asks of us ──

    def query_client(self, client_id: str) -> RegisteredClient | None:
        """The client with this id; hostile lengths never reach the store."""
        if not client_id or len(client_id) > 255:
            return None
        with self._begin() as unit_of_work:
            client = unit_of_work.clients.get(client_id)
        return None if client is None else RegisteredClient(client)

    def authenticated(self, request: Request, unit_of_work: UnitOfWork) -> Client:
        """The client that made the request, at whichever endpoint; raises `ClientRefused` (RFC 6749 §2.3)."""
        return self.client_authentication(request, request.form, unit_of_work)

    def authenticate_client(
        self, request: OAuthRequest, _methods: object, _endpoint: str = "token"
    ) -> RegisteredClient:
        """Our own client authentication in place of Authlib's list of tries (facts of `client_authentication`)."""
        request.client = RegisteredClient(self.authenticated(request.snapshot, request.unit_of_work))
        return request.client

    def send_signal(self, _name: str, *_args: object, **_kwargs: object) -> None:
        """Nobody listens: events are recorded in the transaction instead."""


def _refuse_other_response_types(response_type: str | None) -> None:
    """Before Authlib, whose own refusal would repeat the request's text (RFC 6749 §4.1.2.1)."""
    if response_type != "code":
        code = "unsupported_response_type" if response_type else "invalid_request"
        raise Refused(code, "Use response_type=code.")


def _public(error: OAuth2Error) -> str:
    """Authlib's own sentence; it holds nothing of the request, since ours were checked before Authlib saw them."""
    return str(error.description or error.get_error_description() or error.error)
