"""C21: for whom the person acts, who acts for them, and what waits for an answer; each can be ended here at once."""

from typing import Any

from flask import Blueprint

from idp.accounts import mandate_answer, mandate_end
from idp.accounts.mandate_news import MOST
from idp.clock import Instant
from idp.errors import Refused
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.mandate import Acting, EndReason
from idp.model.session import Visitor
from idp.pages.account._acting import SWITCH, acting_here
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.mandate_words import MandateWords
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

PATH = "/me/delegations"
HISTORY = f"{PATH}/history"
_DONE = frozenset({"offered", "accepted", "declined", "ended", "child"})
_PAST = 100


def blueprint(services: Services, html: Html) -> Blueprint:
    """`/me/delegations`, `/me/delegations/history` and `/me/delegations/<uid>`."""
    pages, entrance, views = new_blueprint("delegations"), Entrance(services), DelegationPages(services, html)
    for path, method, view in (
        (PATH, "GET", views.all),
        (HISTORY, "GET", views.past),
        (f"{PATH}/<uid>", "GET", views.one),
        (f"{PATH}/<uid>", "POST", views.take),
    ):
        guarded = page(entrance.guarded(view))
        pages.add_url_rule(path, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class DelegationPages:
    """Shows them, and lets the person accept, decline, give up and take back."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def all(self, request: Request, visitor: Visitor) -> Response:
        """What is open now, on both sides; organisations have a page of their own."""
        now, person, done = self._services.clock(), visitor.account.id, request.parameters.get("done", "")
        language = look_of(request).language
        with self._services.begin() as unit_of_work:
            words = MandateWords(self._services, unit_of_work, language, now)
            mine = [each for each in unit_of_work.mandates.open_of_agent(person) if each.organization is None]
            theirs = [each for each in unit_of_work.mandates.of_principal(person, MOST) if _is_open(each, now)]
            waiting = mandate_answer.offered(self._services, unit_of_work, person, now)
            acting = acting_here(self._services, unit_of_work, visitor, language, now)
            shown = [[words.of(each) for each in group] for group in (mine, theirs, waiting)]
        return self._html.page(
            request,
            "delegations.html",
            mine=shown[0],
            theirs=shown[1],
            waiting=shown[2],
            acting=acting,
            switch_csrf=self._forms.token(request, SWITCH),
            done=done if done in _DONE else None,
        )

    def past(self, request: Request, visitor: Visitor) -> Response:
        """What is over, the newest first."""
        now, person = self._services.clock(), visitor.account.id
        with self._services.begin() as unit_of_work:
            words = MandateWords(self._services, unit_of_work, look_of(request).language, now)
            mandates = unit_of_work.mandates
            found = [*mandates.of_agent(person, MOST), *mandates.of_principal(person, MOST)]
            over = sorted((each for each in found if not _is_open(each, now)), key=_newest_first)
            shown = [{**words.of(each), "is_mine": each.mandate.agent_id == person} for each in over[:_PAST]]
        return self._html.page(request, "delegations_past.html", past=shown)

    def one(self, request: Request, visitor: Visitor, uid: str) -> Response:
        """A single one, and what the person may do with it."""
        return self._one(request, visitor, uid)

    def take(self, request: Request, visitor: Visitor, uid: str) -> Response:
        """Accept it, or end it."""
        if not self._forms.is_genuine(request, f"{PATH}/{uid}"):
            return self._one(request, visitor, uid, is_stale=True)
        act, wanted = act_of(self._services, request, visitor), request.form.get("action")
        try:
            if wanted == "accept":
                mandate_answer.accept(self._services, act, uid)
                return see_other(f"{PATH}?done=accepted")
            ended = mandate_end.end(self._services, act, uid)
        except Refused as refused:
            if refused.code == "level_too_low":
                return self._one(request, visitor, uid, problem="level")
            if refused.code == "not_found":
                return see_other(PATH)
            raise
        done = "declined" if ended.ended_why is EndReason.DECLINED else "ended"
        return see_other(f"{self._back(ended.organization_id, ended.agent_id, visitor)}?done={done}")

    def _one(self, request: Request, visitor: Visitor, uid: str, **context: Any) -> Response:
        act = act_of(self._services, request, visitor)
        with self._services.begin() as unit_of_work:
            acting = unit_of_work.mandates.by_uid(uid)
            is_open = acting is not None and _is_open(acting, act.at)
            why = mandate_end.why_they_may(self._services, unit_of_work, act, acting) if acting and is_open else None
            if acting is None or why is None:
                return see_other(PATH)
            shown = MandateWords(self._services, unit_of_work, look_of(request).language, act.at).of(acting)
        side = {EndReason.DECLINED: "asked", EndReason.GIVEN_UP: "agent"}.get(why, "principal")
        return self._html.page(
            request,
            "delegation.html",
            mandate=shown,
            side=side,
            is_answered=acting.mandate.accepted_at is not None,
            back_url=self._back(acting.mandate.organization_id, acting.mandate.agent_id, visitor),
            action=f"{PATH}/{uid}",
            csrf=self._forms.token(request, f"{PATH}/{uid}"),
            **context,
        )

    def _back(self, organization_id: int | None, agent_id: int | None, visitor: Visitor) -> str:
        """To the organisation, for whoever manages it; else to the list."""
        if organization_id is None or agent_id == visitor.account.id:
            return PATH
        with self._services.begin() as unit_of_work:
            organization = unit_of_work.organizations.get(organization_id)
        return PATH if organization is None else f"/me/organizations/{organization.uid}"


def _is_open(acting: Acting, now: Instant) -> bool:
    """Whether it is in force, or waits for an answer."""
    return acting.mandate.is_in_force(now) or acting.mandate.is_offered(now)


def _newest_first(acting: Acting) -> tuple[int, int]:
    mandate = acting.mandate
    return -(mandate.ended_at or mandate.valid_until or mandate.answer_by or 0), -mandate.id
