"""C21 and C23: to ask somebody to act, for oneself or for an organisation that one speaks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from idp.accounts import mandate_offer
from idp.errors import Refused, TooOften
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.mandate import APPOINTS, MandateRole, PrincipalKind
from idp.model.organization import Organization
from idp.model.policy import Proofing
from idp.model.remit import EVERYTHING, Remit
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.account._offer_form import Choice, Typed, Wrong, choices, day_after, offer_of, read, shown
from idp.pages.account.delegations import PATH as DELEGATIONS
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

NEW = f"{DELEGATIONS}/new"
ORGANIZATIONS = "/me/organizations"
_HELPER = {MandateRole.HELPER.value: MandateRole.HELPER}
_PROBLEMS = {
    "mandate_exists": ("phone", "exists"),
    "invalid_request": ("phone", "self"),
    "level_too_low": ("", "level"),
}


def blueprint(services: Services, html: Html) -> Blueprint:
    """A fresh sign-in first, by two kinds of proof from who has two: somebody else acts by it from then on."""
    pages, entrance, views = new_blueprint("new_delegation"), Entrance(services), NewDelegation(services, html)
    for path in (NEW, f"{ORGANIZATIONS}/<uid>/new"):
        for method, view in (("GET", views.ask), ("POST", views.take)):
            guarded = page(entrance.guarded(view, is_fresh=True, is_strong=True))
            pages.add_url_rule(path, f"{method} {path}", guarded, methods=[method], provide_automatic_options=False)
    return pages


@dataclass(frozen=True, slots=True)
class _Giver:
    """As what the person gives it: for themselves, or for an organisation, by what they have there."""

    roles: Mapping[str, MandateRole]
    own: Remit
    organization: Organization | None = None

    @property
    def path(self) -> str:
        return NEW if self.organization is None else f"{ORGANIZATIONS}/{self.organization.uid}/new"

    @property
    def back(self) -> str:
        return DELEGATIONS if self.organization is None else f"{ORGANIZATIONS}/{self.organization.uid}"


class NewDelegation:
    """One page: whom, what, until when."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def ask(self, request: Request, visitor: Visitor, uid: str | None = None) -> Response:
        """The empty form: nothing is ticked."""
        giver = self._giver(visitor, uid)
        if giver is None:
            return see_other(ORGANIZATIONS)
        settings, now = self._services.settings.mandates, self._services.clock()
        return self._page(request, visitor, giver, Typed(until=day_after(now, settings.default_days)))

    def take(self, request: Request, visitor: Visitor, uid: str | None = None) -> Response:
        """Write it down; whoever is asked decides."""
        giver, typed = self._giver(visitor, uid), read(request.form)
        if giver is None:
            return see_other(ORGANIZATIONS)
        if not self._forms.is_genuine(request, self._subject(visitor, giver)):
            return self._page(request, visitor, giver, typed, is_stale=True)
        organization = None if giver.organization is None else giver.organization.uid
        try:
            wanted = offer_of(typed, self._choices(request, giver), giver.roles, organization)
            self._refuse_a_bad_day(wanted)
            mandate_offer.offer(self._services, act_of(self._services, request, visitor), wanted)
        except Wrong as wrong:
            return self._page(request, visitor, giver, typed, field=wrong.field, problem=wrong.problem)
        except TooOften as refused:
            page = self._page(request, visitor, giver, typed, status=429, field="", problem="too_often")
            return page.with_headers(("Retry-After", str(refused.retry_after)))
        except Refused as refused:
            if refused.code not in _PROBLEMS:
                raise
            name, problem = _PROBLEMS[refused.code]
            return self._page(request, visitor, giver, typed, field=name, problem=problem)
        return see_other(f"{giver.back}?done=offered")

    def _refuse_a_bad_day(self, wanted: mandate_offer.Offer) -> None:
        now, settings = self._services.clock(), self._services.settings.mandates
        if not now < wanted.valid_until <= now + settings.longest_days * 86_400:
            raise Wrong("until", "out_of_range")

    def _giver(self, visitor: Visitor, uid: str | None) -> _Giver | None:
        """None: the person appoints nobody for this organisation, or nobody may just now."""
        if uid is None:
            return _Giver(_HELPER, EVERYTHING)
        person, now = visitor.account.id, self._services.clock()
        with self._services.begin() as unit_of_work:
            organization = unit_of_work.organizations.by_uid(uid)
            if organization is None:
                return None
            own = mandate_offer.appoints_by(unit_of_work, person, organization, now)
        if own is None:
            return None
        roles = {role.value: role for role in MandateRole if role in APPOINTS[own.mandate.role]}
        return _Giver(roles, own.mandate.remit, organization)

    def _choices(self, request: Request, giver: _Giver) -> list[Choice]:
        kind = PrincipalKind.PERSONS if giver.organization is None else PrincipalKind.ORGANIZATIONS
        with self._services.begin() as unit_of_work:
            clients = mandate_offer.clients_for(unit_of_work, kind, self._services.channels)
            return choices(unit_of_work, clients, look_of(request).language, giver.own)

    def _subject(self, visitor: Visitor, giver: _Giver) -> str:
        return f"{giver.path}\n{visitor.session.id}"

    def _page(
        self, request: Request, visitor: Visitor, giver: _Giver, typed: Typed, status: int = 200, **context: Any
    ) -> Response:
        settings, now = self._services.settings.mandates, self._services.clock()
        return self._html.page(
            request,
            "new_delegation.html",
            status=status,
            action=giver.path,
            back_url=giver.back,
            csrf=self._forms.token(request, self._subject(visitor, giver)),
            organization=None if giver.organization is None else giver.organization.name,
            roles=[role for role in giver.roles if len(giver.roles) > 1],
            typed=typed,
            services=shown(typed, self._choices(request, giver)),
            first_day=day_after(now, 0),
            last_day=day_after(now, settings.longest_days - 1),
            answer_days=settings.answer_days,
            may_prove=visitor.account.proofed(now).level < Proofing.P3,
            **context,
        )
