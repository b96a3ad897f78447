"""The userinfo endpoint (OpenID Connect Core §5.3): GET or POST with a bearer token (RFC 6750)."""

from functools import partial

from idp.audit.usage import UsageCounts
from idp.endpoints._challenges import DEAD, Challenges, Lack
from idp.errors import ProofRefused, Refused, Unavailable
from idp.events import Action
from idp.http.access_token import presented
from idp.http.request import Request
from idp.http.response import NO_STORE, Response, json_response
from idp.oauth import claims, disclosures
from idp.oauth.disclosures import Door
from idp.oauth.mandate_claims import principal_claims
from idp.oauth.number_claims import Telling
from idp.oauth.profiles import rules_of
from idp.oauth.server import AuthorizationServer
from idp.oauth.told_evidence import ToldEvidence
from idp.oauth.userinfo_jwt import MEDIA_TYPE, UserinfoJwt
from idp.policy.rules import Rule
from idp.services import Services

PATH = "/userinfo"
_JWT_HEADERS = (("Content-Type", MEDIA_TYPE), *NO_STORE)


class UserinfoEndpoint:
    """Tells the holder of an access token what its scope releases."""

    def __init__(
        self, services: Services, server: AuthorizationServer, usage: UsageCounts, rules: tuple[Rule, ...]
    ) -> None:
        self._services = services
        self._challenges = Challenges(services, rules, PATH)
        self._usage = usage
        self._possession = server.possession
        self._jwt = UserinfoJwt(services, server.recipients)
        self._evidence = ToldEvidence(services.cipher)
        self._access_tokens = server.access_tokens

    def __call__(self, request: Request) -> Response:
        """The claims as JSON or as the JWT that the client registered, or a challenge."""
        try:
            return self._answer(request)
        except Unavailable:
            raise
        except ProofRefused as refused:
            return self._challenges.to_proof(refused)
        except Refused as refused:
            return self._challenges.to(Lack(refused.status, refused.code, refused.public))

    def _answer(self, request: Request) -> Response:
        shown = presented(request)
        if shown is None:
            return self._challenges.to_nobody()
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            token = self._access_tokens.resolve(unit_of_work, shown[1], now, with_person=True)
            client = None if token is None else unit_of_work.clients.get(token.client_id)
            is_for_us = token is not None and token.audience is None
            if (
                client is None
                or token is None
                or not (is_for_us and self._possession.fits(request, shown, token.binding, rules_of(client)))
            ):
                return self._challenges.to(DEAD, shown[0])
            if token.standing is None or "openid" not in token.scope:
                narrow = Lack(403, "insufficient_scope", "The access token lacks the scope openid.")
                return self._challenges.to(narrow, shown[0])
            family, grant = token.standing.authorization, token.standing.authorization.grant
            if (lack := self._challenges.lacking(client, token, grant, now)) is not None:
                return self._challenges.to(lack, shown[0])
            # Of a token that 0.2.0 wrote nothing was read along.
            attributes = token.attributes or unit_of_work.accounts.attributes(grant.account_id)
            telling = Telling(token.standing.account, attributes, client, token.scope, now)
            recipient = self._jwt.recipient(client)  # before anything is written: to fetch keys may take a while
            told = claims.userinfo(grant.sub, telling, grant.claims)
            told |= claims.verified(
                grant.claims, "userinfo", telling, partial(self._evidence.of, unit_of_work, telling)
            )
            if token.acting is not None:
                told |= principal_claims(unit_of_work, token.acting, client.sector)
            jwt = self._jwt.write(client, told, recipient)
            is_new = disclosures.note(unit_of_work, family, Door.USERINFO, telling, claims.names_of(told))
            if is_new or token.acting is not None:  # of whom a sector may have had no `sub` until now
                unit_of_work.commit()
        self._usage.count(Action.CLAIMS_RELEASED, token.client_id)
        return json_response(200, told) if jwt is None else Response(200, _JWT_HEADERS, jwt.encode())
