"""C22: for whom the person may act, where they do so now, and the way back to themselves at one app."""

from flask import Blueprint

from idp.accounts import mandate_switch
from idp.accounts.names import masked_name
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.session import Visitor
from idp.pages.account._acting import SWITCH, acting_here
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.mandate_words import MandateWords
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/as`."""
    pages, entrance, views = new_blueprint("identities"), Entrance(services), IdentityPages(services, html)
    for method, view in (("GET", views.show), ("POST", views.leave)):
        guarded = page(entrance.guarded(view))
        pages.add_url_rule(SWITCH, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class IdentityPages:
    """Nobody is another person here: what is switched is for whom an app is used."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """Everybody, those whom they may not act for just now among them, each with the reason."""
        return self._page(request, visitor)

    def leave(self, request: Request, visitor: Visitor) -> Response:
        """Back to oneself at one app: it ends there, and begins anew by the app's own sign-in, where it has told its address."""
        if not self._forms.is_genuine(request, SWITCH):
            return self._page(request, visitor, is_stale=True)
        client_id = request.form.get("client_id", "")
        if not mandate_switch.leave(self._services, act_of(self._services, request, visitor), client_id):
            return see_other(SWITCH)
        return see_other(f"{SWITCH}?left={client_id}")

    def _page(self, request: Request, visitor: Visitor, *, is_stale: bool = False) -> Response:
        language, now = look_of(request).language, self._services.clock()
        with self._services.begin() as unit_of_work:
            words = MandateWords(self._services, unit_of_work, language, now)
            name = unit_of_work.accounts.attributes(visitor.account.id).name
            mandates = [words.of(each) for each in unit_of_work.mandates.open_of_agent(visitor.account.id)]
            acting = acting_here(self._services, unit_of_work, visitor, language, now)
            left = unit_of_work.clients.get(request.parameters.get("left", "")[:255] or "-")
        issuer = self._services.settings.issuer
        return self._html.page(
            request,
            "identities.html",
            masked_name=masked_name(name) if name else None,
            mandates=mandates,
            acting=acting,
            switch_csrf=self._forms.token(request, SWITCH),
            left=None if left is None else {"name": left.client_name, "address": left.start_address(issuer)},
            is_stale=is_stale,
        )
