"""C23: organisations that the person acts for; whoever speaks for one appoints its agents here, and stops them."""

from typing import Any

from flask import Blueprint

from idp.accounts import mandate_offer, organizations
from idp.accounts.mandate_end import speaks_for
from idp.accounts.mandate_news import MOST
from idp.accounts.organizations import Entered, NotActive, NotYours
from idp.accounts.source_budget import Down, NotNow
from idp.errors import Refused
from idp.http.error_page import NO_AUTHORITY, support_code_for
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.mandate import STOPS, Acting, MandateRole
from idp.model.policy import Proofing
from idp.model.session import Visitor
from idp.pages.account._acting import SWITCH, acting_here
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.mandate_words import MandateWords
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page
from realnames.identifiers.refusal import IdentifierRefused
from realnames.identifiers.social_credit_code import parse_social_credit_code

PATH = "/me/organizations"
NEW = f"{PATH}/new"
_DONE = frozenset({"offered", "ended", "declined"})


def blueprint(services: Services, html: Html) -> Blueprint:
    """To enter one: a fresh sign-in first, by two kinds of proof from who has two."""
    pages, entrance, views = new_blueprint("organizations"), Entrance(services), OrganizationPages(services, html)
    for path, method, view, is_guarded in (
        (PATH, "GET", views.all, False),
        (NEW, "GET", views.ask, True),
        (NEW, "POST", views.take, True),
        (f"{PATH}/<uid>", "GET", views.one, False),
    ):
        guarded = page(entrance.guarded(view, is_fresh=is_guarded, is_strong=is_guarded))
        pages.add_url_rule(path, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class OrganizationPages:
    """The list, the way in by the company register, and who acts for one."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def all(self, request: Request, visitor: Visitor) -> Response:
        """Those that the person acts for, and as what."""
        now, language = self._services.clock(), look_of(request).language
        with self._services.begin() as unit_of_work:
            words = MandateWords(self._services, unit_of_work, language, now)
            found = [
                each
                for each in unit_of_work.mandates.open_of_agent(visitor.account.id)
                if each.organization is not None and not each.mandate.is_over(now)
            ]
            shown = [self._row(words, each) for each in found]
            acting = acting_here(self._services, unit_of_work, visitor, language, now)
        return self._html.page(
            request,
            "organizations.html",
            organizations=shown,
            acting=acting,
            switch_csrf=self._forms.token(request, SWITCH),
            can_enter=self._services.sources.company is not None,
        )

    def ask(self, request: Request, visitor: Visitor) -> Response:
        """By its code."""
        return self._new(request, visitor)

    def take(self, request: Request, visitor: Visitor) -> Response:
        """Ask the register."""
        typed = request.form.get("code", "").strip()[:40]
        if not self._forms.is_genuine(request, self._subject(visitor)):
            return self._new(request, visitor, typed=typed, is_stale=True)
        try:
            code = parse_social_credit_code(typed, sandbox=self._services.settings.sandbox.enabled).number
        except IdentifierRefused:
            return self._new(request, visitor, typed=typed, field="code", problem="malformed" if typed else "empty")
        try:
            outcome = organizations.enter(self._services, act_of(self._services, request, visitor), code)
        except Refused as refused:
            if refused.code != "level_too_low":
                raise
            return self._new(request, visitor, typed=typed, problem="level")
        return self._answered(request, visitor, typed, outcome)

    def _answered(
        self, request: Request, visitor: Visitor, typed: str, outcome: Entered | NotYours | NotActive | Down | NotNow
    ) -> Response:
        match outcome:
            case Entered(organization=organization):
                return see_other(f"{PATH}/{organization.uid}")
            case NotYours():
                return self._new(request, visitor, typed=typed, problem="not_yours")
            case NotActive():
                return self._new(request, visitor, typed=typed, problem="not_active")
            case Down():
                code = support_code_for(NO_AUTHORITY)
                return self._new(request, visitor, typed=typed, problem="down", support_code=code)
            case NotNow(until=until):
                retry_at = look_of(request).language.date_and_time(until)
                return self._new(request, visitor, typed=typed, problem="later", retry_at=retry_at)

    def one(self, request: Request, visitor: Visitor, uid: str) -> Response:
        """Who acts for it; only for whoever may stop somebody there."""
        now, language, done = self._services.clock(), look_of(request).language, request.parameters.get("done", "")
        with self._services.begin() as unit_of_work:
            organization = unit_of_work.organizations.by_uid(uid)
            own = unit_of_work.mandates.open_of_agent(visitor.account.id)
            roles = {
                each.mandate.role for each in own if organization is not None and speaks_for(each, organization.id, now)
            }
            if organization is None or not roles & STOPS.keys():
                return see_other(PATH)
            words = MandateWords(self._services, unit_of_work, language, now)
            found = unit_of_work.mandates.open_of_organization(organization.id)
            past = unit_of_work.mandates.of_organization(organization.id, MOST)
            appoints = mandate_offer.appoints_by(unit_of_work, visitor.account.id, organization, now)
            stoppable = frozenset(each for role in roles for each in STOPS.get(role, ()))
            shown: dict[str, Any] = {
                "open": [_managed(words, each, stoppable) for each in found if each.mandate.is_in_force(now)],
                "waiting": [_managed(words, each, stoppable) for each in found if each.mandate.is_offered(now)],
                "past": [dict(words.of(each)) for each in past if each.mandate.ended_at is not None][:50],
            }
        return self._html.page(
            request,
            "organization.html",
            organization={
                "name": organization.name,
                "code": organization.code,
                "kind": organization.organization_type.value,
                "status": organization.status.value,
                "is_active": organization.is_active,
                "checked_at": language.date_and_time(organization.checked_at),
            },
            new_url=None if appoints is None else f"{PATH}/{uid}/new",
            done=done if done in _DONE else None,
            **shown,
        )

    def _row(self, words: MandateWords, acting: Acting) -> dict[str, Any]:
        """Whoever may stop somebody there is led to its page, the others to their own mandate."""
        uid = "" if acting.organization is None else acting.organization.uid
        is_manager = acting.mandate.role in STOPS
        url = f"{PATH}/{uid}" if is_manager else f"/me/delegations/{acting.mandate.uid}"
        return {**words.of(acting), "url": url, "is_manager": is_manager}

    def _subject(self, visitor: Visitor) -> str:
        return f"{NEW}\n{visitor.session.id}"

    def _new(self, request: Request, visitor: Visitor, **context: Any) -> Response:
        return self._html.page(
            request,
            "new_organization.html",
            action=NEW,
            back_url=PATH,
            csrf=self._forms.token(request, self._subject(visitor)),
            may_prove=visitor.account.proofed(self._services.clock()).level < Proofing.P3,
            **context,
        )


def _managed(words: MandateWords, acting: Acting, stoppable: frozenset[MandateRole]) -> dict[str, Any]:
    return {**words.of(acting), "can_stop": acting.mandate.role in stoppable}
