"""C19: a citizen card is added at a reader, with its PIN, and taken away."""

from typing import Any

from flask import Blueprint

from idp.accounts.citizen_cards import CardKeeping, found, is_last
from idp.http.cookies import BROWSER_COOKIE
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.account.methods import PATH as METHODS
from idp.pages.card_question import question_of
from idp.ports import CardPurpose
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

PATH = "/me/cards"
NEW = f"{PATH}/new"


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages `/me/cards/new` and `/me/cards/<id>`."""
    pages, entrance, view = new_blueprint("citizen_cards"), Entrance(services), CardPages(services, html)
    for rule, method, handler in (
        (NEW, "GET", view.offer),
        (NEW, "POST", view.add),
        (f"{NEW}/question", "GET", view.question),
        (f"{PATH}/<int:card_id>", "GET", view.show),
        (f"{PATH}/<int:card_id>", "POST", view.remove),
    ):
        guarded = page(entrance.guarded(handler, is_fresh=True, is_strong=True))
        pages.add_url_rule(rule, handler.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class CardPages:
    """Everything here changes what opens the account, so it wants a fresh sign-in with all that its person has."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._keeping = CardKeeping(services)

    def offer(self, request: Request, visitor: Visitor) -> Response:
        """Card on the reader, PIN, done."""
        del visitor
        return self._new_page(request)

    def question(self, request: Request, visitor: Visitor) -> Response:
        """What the card is asked to sign."""
        terminal = request.parameters.get("terminal", "")
        browser, now = self._browser(request), self._services.clock()
        return question_of(CardPurpose.ADD, terminal, lambda: self._keeping.question(visitor, browser, terminal, now))

    def add(self, request: Request, visitor: Visitor) -> Response:
        """Take the card that signed."""
        if not self._forms.is_genuine(request, NEW):
            return self._new_page(request, "stale")
        answer = request.form.get("card", "")
        fault = self._keeping.add(act_of(self._services, request, visitor), self._browser(request), answer)
        return see_other(f"{METHODS}?done=card_added") if fault is None else self._new_page(request, fault.value)

    def show(self, request: Request, visitor: Visitor, card_id: int) -> Response:
        """One card; a number that is not the person's leads to the list."""
        return self._one_page(request, visitor, card_id)

    def remove(self, request: Request, visitor: Visitor, card_id: int) -> Response:
        """Take it away, unless it is the last way in."""
        if not self._forms.is_genuine(request, f"{PATH}/{card_id}"):
            return self._one_page(request, visitor, card_id, is_stale=True)
        if not self._keeping.remove(act_of(self._services, request, visitor), card_id):
            return self._one_page(request, visitor, card_id)
        return see_other(f"{METHODS}?done=card_removed")

    def _new_page(self, request: Request, problem: str | None = None) -> Response:
        cards = self._services.citizen_cards
        if cards is None or Method.CITIZEN_CARD not in self._services.methods:
            return see_other(METHODS)
        return self._html.page(
            request,
            "new_card.html",
            connect_to=(cards.bridge,),
            bridge=cards.bridge,
            action=NEW,
            question_url=f"{NEW}/question",
            csrf=self._forms.token(request, NEW),
            problem=problem,
        )

    def _one_page(self, request: Request, visitor: Visitor, card_id: int, **context: Any) -> Response:
        with self._services.begin() as unit_of_work:
            card = found(unit_of_work, visitor.account.id, card_id)
            last = is_last(self._services, unit_of_work, visitor.account.id)
        if card is None:
            return see_other(METHODS)
        path, language = f"{PATH}/{card_id}", look_of(request).language
        return self._html.page(
            request,
            "one_card.html",
            form_action=path,
            csrf=self._forms.token(request, path),
            added_at=language.date_and_time(card.created_at),
            used_at=None if card.used_at is None else language.date_and_time(card.used_at),
            is_last=last,
            **context,
        )

    def _browser(self, request: Request) -> str:
        return self._services.cookies.read(request.cookies, BROWSER_COOKIE) or ""
