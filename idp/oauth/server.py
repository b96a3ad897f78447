"""The authorization server: Authlib's framework-free core, with our own request, client authentication and body."""

from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer as AuthlibServer
from authlib.oauth2.rfc6749 import OAuth2Error

from idp.audit.usage import UsageCounts
from idp.errors import Refused
from idp.http.request import Request
from idp.model.client import Client
from idp.oauth.access_tokens import AccessTokens
from idp.oauth.authorization_requests import AuthorizationRequests, public_text_of
from idp.oauth.client import RegisteredClient
from idp.oauth.client_authentication import ClientAuthentication
from idp.oauth.codes import Codes
from idp.oauth.extensions.openid import OpenIDParameters
from idp.oauth.extensions.pkce import ProofKey
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.grants.client_credentials import ClientCredentialsGrant
from idp.oauth.grants.refresh_token import RefreshTokenGrant
from idp.oauth.grants.token_exchange import TokenExchangeGrant
from idp.oauth.level_left import LevelLeft
from idp.oauth.mandates import StandingMandates
from idp.oauth.possession import Possession
from idp.oauth.recipients import Recipients
from idp.oauth.request import OAuthRequest
from idp.oauth.tokens import Mint
from idp.policy.rules import Rule
from idp.ports import UnitOfWork
from idp.services import Services

TOKEN_PARAMETERS = (
    "grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier", "scope",
    "client_assertion", "client_assertion_type", "refresh_token", "subject_token", "subject_token_type", "actor_token",
    "actor_token_type", "requested_token_type", "authorization_details",
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
        self.level_left = LevelLeft(services.settings)
        self.mandates = StandingMandates(services)
        self.rules = rules
        self.usage = usage
        self.mint = Mint(services)
        self.access_tokens = AccessTokens(services)
        self.client_authentication = ClientAuthentication(services)
        self.recipients = Recipients(self.client_authentication.keys)
        self._begin = services.begin
        self.possession = Possession(services, self.client_authentication.used_once)
        self.authorization_requests = AuthorizationRequests(services, self)
        grants = (AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant, TokenExchangeGrant)
        self.grant_types = tuple(str(grant.GRANT_TYPE) for grant in grants)
        self.register_grant(AuthorizationCodeGrant, [ProofKey(), OpenIDParameters()])
        self.register_grant(RefreshTokenGrant)
        self.register_grant(ClientCredentialsGrant)
        self.register_grant(TokenExchangeGrant)

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
                raise Refused(str(error.error), public_text_of(error), status=error.status_code) from None
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
