"""The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): a loop with one door.

`GET /authorize?…` proves the request, `GET /authorize/<handle>` is where every step comes back to. Both decide the one
next step and answer with exactly one redirect: to a page, or to the client.
"""

from collections.abc import Callable
from dataclasses import replace

from idp.accounts.staff_passwords import is_due
from idp.audit import refusals
from idp.clock import Instant
from idp.endpoints._as_get import as_get
from idp.endpoints._authorization_answer import AuthorizationAnswer, Decided, MandateOver
from idp.endpoints._identities import with_identities
from idp.endpoints._second_proof import SecondProofs
from idp.entropy import random_token
from idp.errors import Refused, RefusedAtClient, ReplyTo
from idp.events import Action
from idp.http.cookies import BROWSER_COOKIE, BROWSER_SECONDS
from idp.http.error_page import ErrorPages
from idp.http.html import APP_LANGUAGE
from idp.http.languages import first_offered
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.handles import Interactions, begin
from idp.interaction.next_step import (
    AskConsent,
    ChooseIdentity,
    LogIn,
    OfferName,
    OfferProofing,
    Proceed,
    ProveFactor,
    Refuse,
    Register,
    RenewPassword,
    Situation,
    next_step,
)
from idp.interaction.over import sign_in_over
from idp.model.account import AccountKind
from idp.model.client import ACCOUNT_CLIENT, Client, ClientStatus
from idp.model.interaction import Interaction
from idp.model.policy import Facts, Level, Proofing, Requirement
from idp.model.session import VisitorAtClient
from idp.oauth.extensions.response_mode import AuthorizationResponses
from idp.oauth.recipients import NoEncryptionKey
from idp.oauth.server import AuthorizationServer
from idp.policy import levels
from idp.policy.decide import decide
from idp.policy.rules import Rule
from idp.services import Services
from idp.sessions.resume import resume_at

PATH = "/authorize"
NEW_PASSWORD = "/me/methods/password"
_PAGES = {
    LogIn: "",
    Register: "/register",
    OfferName: "/name",
    OfferProofing: "/proofing",
    ChooseIdentity: "/identity",
    AskConsent: "/consent",
}
"""Steps that are a page of the interaction."""
_STAFF_PAGE = "/passkey"
"""Nothing else opens a work account."""


class AuthorizationEndpoint:
    """Both doors of the authorization endpoint."""

    def __init__(
        self,
        services: Services,
        server: AuthorizationServer,
        errors: ErrorPages,
        responses: AuthorizationResponses,
        rules: tuple[Rule, ...],
    ) -> None:
        self._services = services
        self._responses = responses
        self._requests = server.authorization_requests
        self._errors = errors
        self._rules = rules
        self._interactions = Interactions(services.ephemeral, services.cipher, services.clock)
        self._second = SecondProofs(services, self._interactions)
        self._answer = AuthorizationAnswer(services, server, responses)

    def start(self, request: Request) -> Response:
        """Take a new authorization request."""
        try:
            if request.method == "POST":
                return as_get(request, PATH)
            verified, client = self._requests.read(request.parameters)
            browser = self._services.cookies.read(request.cookies, BROWSER_COOKIE)
            known = browser or random_token(16)
            interaction = begin(verified, known, self._services.clock())
            response = self._step(request, interaction, client, lambda: self._interactions.seal(interaction))
        except RefusedAtClient as refused:
            refusals.note(self._services, Action.AUTHORIZATION_REFUSED, refused, request.peer)
            return self._at_client(request, refused)
        except Refused as refused:
            refusals.note(self._services, Action.AUTHORIZATION_REFUSED, refused, request.peer)
            return self._errors.page(request, "request", refused)
        cookies = [] if browser else [self._services.cookies.set(BROWSER_COOKIE, known, BROWSER_SECONDS)]
        return response.with_headers(*cookies, *self._language_of(request, verified.ui_locales))

    def _language_of(self, request: Request, ui_locales: tuple[str, ...]) -> list[tuple[str, str]]:
        """The pages of this request speak as its app does, until another app asks for something else."""
        language, jar = first_offered(ui_locales), self._services.cookies
        if language is not None:
            return [jar.remember(APP_LANGUAGE, language.tag, None)]
        return [jar.remember(APP_LANGUAGE, "", 0)] if APP_LANGUAGE in request.cookies else []

    def again(self, request: Request) -> Response:
        """Come back to the one door with a stored or sealed interaction."""
        handle = request.path.removeprefix(f"{PATH}/")
        try:
            browser = self._services.cookies.read(request.cookies, BROWSER_COOKIE)
            interaction, client = self._find(handle, browser)
            return self._step(request, interaction, client, lambda: handle)
        except RefusedAtClient as refused:
            refusals.note(self._services, Action.AUTHORIZATION_REFUSED, refused, request.peer)
            return self._at_client(request, refused)
        except Refused as refused:
            refusals.note(self._services, Action.AUTHORIZATION_REFUSED, refused, request.peer)
            return self._errors.page(request, "ended", refused)

    def _find(self, handle: str, browser: str | None) -> tuple[Interaction, Client]:
        interaction = self._interactions.find(handle, browser)
        with self._services.begin() as unit_of_work:
            if interaction is None:
                raise sign_in_over(self._services, self._interactions, unit_of_work, handle, browser)
            client = unit_of_work.clients.get(interaction.request.client_id)
        is_there = client is not None and client.status is ClientStatus.ACTIVE
        if client is None or not is_there or not self._requests.still_stands(interaction.request, client):
            raise Refused("invalid_request", "The client is not registered here.", detail="changed meanwhile")
        return interaction, client

    def _step(
        self, request: Request, interaction: Interaction, client: Client, handle_of: Callable[[], str]
    ) -> Response:
        now = self._services.clock()
        cookie = self._services.cookies.read(request.cookies, "session")
        with self._services.begin() as unit_of_work:
            visitor = resume_at(client, unit_of_work, cookie, self._services.channels, now)
            situation = self._second.within_reach(
                unit_of_work, client, self._situation(interaction, client, visitor, now), self._wishes(interaction)
            )
            if situation.visitor is not None and not _leads_to_new_password(interaction):
                is_late = is_due(self._services, unit_of_work, situation.visitor, now)
                situation = replace(situation, is_password_due=is_late)
            if client.accepts_mandates:
                situation = with_identities(self._services, unit_of_work, client, interaction, situation)
            step = next_step(interaction, situation)
            match step:
                case ProveFactor():
                    return see_other(self._second.page(unit_of_work, client, interaction, situation))
                case RenewPassword():
                    return see_other(f"{NEW_PASSWORD}?for={self._interactions.save(interaction)}")
                case Refuse(error=error, public=public):
                    raise _at_redirect_uri(interaction, error, public)
                case Proceed(scope=scope, mandate_id=mandate_id):
                    try:
                        decided = Decided(interaction, client, situation, scope, mandate_id)
                        return self._answer.respond(unit_of_work, request, decided)
                    except (NoEncryptionKey, MandateOver) as refused:  # what its app can mend, and the person cannot
                        raise _at_redirect_uri(interaction, refused.code, refused.public) from None
        if isinstance(step, LogIn) and client.signs_in_staff:
            return see_other(f"/s/{handle_of()}{_STAFF_PAGE}")
        return see_other(f"/s/{handle_of()}{_PAGES[type(step)]}{'?again=1' if getattr(step, 'again', False) else ''}")

    def _situation(
        self, interaction: Interaction, client: Client, visitor: VisitorAtClient | None, now: Instant
    ) -> Situation:
        channel = self._services.channels.get(client.channel)
        if channel is None:
            raise Refused("unauthorized_client", "The channel of this client is switched off.", status=403)
        settings = self._services.settings.policy
        requested = self._requested_level(interaction)
        facts = Facts(
            client_id=client.client_id,
            client_level=client.level,
            channel=channel.name,
            channel_ceiling=channel.ceiling,
            requested_level=requested,
            max_age=interaction.request.max_age,
            scope=interaction.request.asked,
        )
        requirement: Requirement = decide(facts, self._rules, client_asks_consent=client.asks_consent)
        if visitor is None or not (channel.honours_single_sign_on or visitor.session.channel == channel.name):
            return Situation(visitor=None, reached=Level.NONE, requirement=requirement, now=now)
        session_ceiling = self._services.channels[visitor.session.channel].ceiling
        ceiling = min(channel.ceiling, session_ceiling, visitor.account.ceiling_at(now))
        subjects = interaction.request.subjects
        proofing, authentication = visitor.account.proofed(now).level, visitor.session.authentication
        by_name = Proofing.P1 if self._services.sources.population is None else Proofing.P2
        named = Level.NONE
        if proofing < by_name:
            named = levels.reached(settings.levels, by_name, authentication, ceiling)
        return Situation(
            visitor=visitor,
            reached=levels.reached(settings.levels, proofing, authentication, ceiling),
            requirement=requirement,
            now=now,
            is_person_meant=_is_for(client, visitor) and (subjects is None or visitor.sub in subjects),
            is_nameless=proofing is Proofing.P0,
            naming_helps=proofing < by_name and named >= requirement.level,
            terms=client.terms.version,
        )

    def _wishes(self, interaction: Interaction) -> list[Level]:
        """What the app would rather have, in its order; nothing more is asked of who is silent, or wants to go on so."""
        if interaction.keeps_level or "none" in interaction.request.prompt:
            return []
        prefix = self._services.settings.policy.acr_prefix
        named = (levels.level_of(acr, prefix) for acr in interaction.request.acr_values)
        return [level for level in named if level is not None]

    def _requested_level(self, interaction: Interaction) -> Level:
        essential = interaction.request.essential_acr
        prefix = self._services.settings.policy.acr_prefix
        named = [level for acr in essential if (level := levels.level_of(acr, prefix)) is not None]
        if essential and not named:
            raise _at_redirect_uri(interaction, "unmet_authentication_requirements", "The essential acr is unknown.")
        return min(named, default=Level.NONE)

    def _at_client(self, request: Request, refused: RefusedAtClient) -> Response:
        told = {"error": refused.code, "error_description": refused.public}
        return self._responses.to_client(request, refused.reply_to, told)


def _is_for(client: Client, visitor: VisitorAtClient) -> bool:
    """Whether the app signs in accounts of this kind: work accounts open the places of work, and nothing else."""
    return client.signs_in_staff == (visitor.account.kind is AccountKind.WORK)


def _leads_to_new_password(interaction: Interaction) -> bool:
    """Whether it is on the way to that very page, which asks for a fresh sign-in and a second proof itself."""
    asked = interaction.request
    return asked.client_id == ACCOUNT_CLIENT and (asked.state or "").partition("?")[0] == NEW_PASSWORD


def _at_redirect_uri(interaction: Interaction, error: str, public: str) -> RefusedAtClient:
    asked = interaction.request
    reply_to = ReplyTo(
        client_id=asked.client_id,
        redirect_uri=asked.redirect_uri,
        state=asked.state,
        response_mode=asked.response_mode,
    )
    return RefusedAtClient(error, public, reply_to)
