"""C22, within a sign-in: for whom the person acts at an app that accepts mandates. Themselves first; nobody in advance."""

from flask import Blueprint

from idp.accounts.names import masked_name
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.identities import choose, offered
from idp.model.interaction import IdentityChoice
from idp.model.mandate import Acting
from idp.model.session import Session
from idp.pages.mandate_words import MandateWords
from idp.pages.sign_in.visit import Visit, Visits
from idp.services import Services
from idp.web import routed

SELF = "self"


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/s/<handle>/identity`."""
    step = IdentityStep(services, html)
    return routed("identity", ("/s/<handle>/identity", "GET", step.ask), ("/s/<handle>/identity", "POST", step.take))


class IdentityStep:
    """Asks at each sign-in at such an app: what is done for another is never done by mistake."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._visits = Visits(services)

    def ask(self, request: Request, handle: str) -> Response:
        """Whom the person may act for here."""
        visit = self._visits.find(request, handle)
        return see_other(f"/authorize/{handle}") if visit.session is None else self._page(visit, visit.session)

    def take(self, request: Request, handle: str) -> Response:
        """Note the choice and go back to the one door, which looks whether it holds."""
        visit = self._visits.find(request, handle)
        session = visit.session
        if session is None:
            return see_other(f"/authorize/{handle}")
        if not self._visits.is_genuine(visit):
            return self._page(visit, session, is_stale=True)
        wanted = request.form.get("identity", "")
        found = {each.mandate.uid: each.mandate.id for each in self._offered(visit, session)}
        if wanted != SELF and wanted not in found:
            return self._page(visit, session, problem="gone" if wanted else "empty")
        choice = IdentityChoice(account_id=session.account_id, mandate_id=found.get(wanted), at=visit.now)
        saved = self._visits.interactions.save(choose(visit.interaction, choice))
        return see_other(f"/authorize/{saved}")

    def _offered(self, visit: Visit, session: Session) -> list[Acting]:
        with self._services.begin() as unit_of_work:
            return list(offered(self._services, unit_of_work, session.account_id, visit.interaction.request, visit.now))

    def _page(self, visit: Visit, session: Session, problem: str | None = None, *, is_stale: bool = False) -> Response:
        found = self._offered(visit, session)
        chosen = None if visit.interaction.identity is None else visit.interaction.identity.mandate_id
        with self._services.begin() as unit_of_work:
            words = MandateWords(self._services, unit_of_work, visit.language, visit.now)
            name = unit_of_work.accounts.attributes(session.account_id).name
            shown = [words.of(each) for each in found]
        is_unconfirmed = chosen is not None and any(
            each.mandate.id == chosen and told["why"] for each, told in zip(found, shown, strict=True)
        )
        return self._html.page(
            visit.request,
            "identity.html",
            form_targets=visit.form_targets,
            action=f"/s/{visit.handle}/identity",
            masked_name=masked_name(name) if name else None,
            offers_self=visit.interaction.request.mandate is None,
            mandates=shown,
            problem="unconfirmed" if is_unconfirmed and problem is None else problem,
            is_stale=is_stale,
            **visit.frame,
        )
