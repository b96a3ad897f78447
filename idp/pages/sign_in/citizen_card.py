"""Proof by a citizen card: a script talks to the bridge on the visitor's own machine, and sends what the card signed."""

from flask import Blueprint

from idp.accounts.tries import Expired
from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.citizen_card import CardAnswer, CardProof, Why
from idp.interaction.outcomes import CardNotTaken
from idp.pages.card_question import question_of
from idp.pages.sign_in.open_ways import page_instead
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.ports import CardPurpose
from idp.services import Services
from idp.web import routed

_PROBLEM = {
    Why.WRONG: "unproven",
    Why.USED: "unproven",
    Why.FOREIGN: "foreign",
    Why.EXPIRED: "out_of_date",
    Why.WITHOUT_PIN: "without_pin",
    Why.LOST: "lost",
    Why.UNKNOWN: "unknown",
    Why.RENEWED: "renewed",
    Why.OF_ANOTHER: "of_another",
}


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/s/<handle>/card`, and the question for the card below it."""
    step = CardStep(services, html, errors)
    return routed(
        "citizen_card",
        ("/s/<handle>/card", "GET", step.ask),
        ("/s/<handle>/card", "POST", step.take),
        ("/s/<handle>/card/question", "GET", step.question),
    )


class CardStep(Step):
    """Asks the card, by a script, and checks what it signed."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._proof = CardProof(services)

    def ask(self, request: Request, handle: str) -> Response:
        """The page; the PIN that is typed on it goes to the bridge alone."""
        visit = self._visits.find(request, handle)
        elsewhere = page_instead(visit, "card")
        return self._shown(visit) if elsewhere is None else see_other(elsewhere)

    def question(self, request: Request, handle: str) -> Response:
        """A new question for the card at this terminal; nothing is stored for it."""
        visit = self._visits.find(request, handle)
        is_open = page_instead(visit, "card") is None
        terminal = request.parameters.get("terminal", "") if is_open else ""
        return question_of(
            CardPurpose.SIGN_IN,
            terminal,
            lambda: self._proof.question(visit.interaction, terminal, visit.now),
        )

    def take(self, request: Request, handle: str) -> Response:
        """Check what the card signed."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "card")) is not None:
            return see_other(elsewhere)
        if not self._visits.is_genuine(visit):
            return self._shown(visit, is_stale=True)
        form = request.form
        answer = CardAnswer(unverified=form.get("card", ""), is_shared_device=form.get("on_shared_device") == "1")
        outcome = self._proof.check(self._attempt(visit), answer)
        if isinstance(outcome, CardNotTaken):
            return self._shown(visit, problem=_PROBLEM[Why(outcome.why)])
        if isinstance(outcome, Expired):
            return self._shown(visit, problem="expired")
        return self._finish(visit, outcome)

    def _shown(self, visit: Visit, **context: object) -> Response:
        cards = self._services.citizen_cards
        bridge = "" if cards is None else cards.bridge
        return self._page(
            visit,
            "card.html",
            connect_to=(bridge,),
            bridge=bridge,
            action=f"/s/{visit.handle}/card",
            question_url=f"/s/{visit.handle}/card/question",
            ways_action=None if visit.login is None else f"/s/{visit.handle}/ways",
            name_url=f"/s/{visit.handle}?again=1&other=1",
            asks_shared=visit.login is None,
            other_ways=visit.other_ways("card"),
            **visit.why,
            **context,
        )
