"""C19: who does not want to be offered a face check says so once; to be offered it again takes a fresh sign-in."""

from typing import Any

from flask import Blueprint

from idp.accounts.face_choice import FaceStanding, choose, face_standing
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.account.methods import PATH as METHODS
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

PATH = f"{METHODS}/face"
AGAIN = f"{PATH}/allow"


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages `/me/methods/face`, to refuse it, and `/me/methods/face/allow`, to take that back."""
    pages, entrance, choice = new_blueprint("face_choice"), Entrance(services), FaceChoicePages(services, html)
    for rule, method, view, is_fresh in (
        (PATH, "GET", choice.ask, False),
        (PATH, "POST", choice.refuse, False),
        (AGAIN, "GET", choice.ask_again, True),
        (AGAIN, "POST", choice.allow, True),
    ):
        guarded = page(entrance.guarded(view, is_fresh=is_fresh, is_strong=is_fresh))
        pages.add_url_rule(rule, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class FaceChoicePages:
    """Refusing takes one press from whoever is signed in: it closes a way, and opens none."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def ask(self, request: Request, visitor: Visitor) -> Response:
        """How it stands, and the switch."""
        state = self._standing(visitor)
        if state is FaceStanding.REFUSED:
            return see_other(AGAIN)
        return see_other(METHODS) if state is None else self._page(request, state)

    def ask_again(self, request: Request, visitor: Visitor) -> Response:
        """Before it may be offered again."""
        state = self._standing(visitor)
        return self._page(request, state) if state is FaceStanding.REFUSED else see_other(METHODS)

    def refuse(self, request: Request, visitor: Visitor) -> Response:
        """Never offer it to this person."""
        return self._choose(request, visitor, PATH)

    def allow(self, request: Request, visitor: Visitor) -> Response:
        """Offer it again, where an app asks for more than a first proof."""
        return self._choose(request, visitor, AGAIN)

    def _choose(self, request: Request, visitor: Visitor, path: str) -> Response:
        state = self._standing(visitor)
        if state is None:
            return see_other(METHODS)
        if not self._forms.is_genuine(request, path):
            return self._page(request, state, is_stale=True)
        choose(self._services, act_of(self._services, request, visitor), is_allowed=path == AGAIN)
        return see_other(f"{METHODS}?done={'face_allowed' if path == AGAIN else 'face_refused'}")

    def _standing(self, visitor: Visitor) -> FaceStanding | None:
        account_id = visitor.account.id
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(account_id)
            return face_standing(self._services, unit_of_work, account_id, stored)

    def _page(self, request: Request, state: FaceStanding, **context: Any) -> Response:
        path = AGAIN if state is FaceStanding.REFUSED else PATH
        return self._html.page(
            request,
            "face_choice.html",
            state=state.value,
            form_action=path,
            csrf=self._forms.token(request, path),
            **context,
        )
