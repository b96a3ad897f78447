"""C14, its beginning: who is signed in, how surely, and the way out."""

from flask import Blueprint

from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.policy import Level, Proofing
from idp.model.session import Visitor
from idp.pages.account._entrance import SIGNED_IN, Entrance
from idp.pages.account._forms import Forms
from idp.pages.account.closing import closes_on, keep_subject
from idp.pages.account.naming import NAME
from idp.pages.consent import masked_name
from idp.policy.levels import reached
from idp.services import Services
from idp.sessions import csrf
from idp.web import new_blueprint, page

LOGOUT = "/logout"


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages `/` and `/me`, and where people come back to from signing in."""
    pages, entrance = new_blueprint("account"), Entrance(services)

    def me(request: Request, visitor: Visitor) -> Response:
        with services.begin() as unit_of_work:
            attributes = unit_of_work.accounts.attributes(visitor.account.id)
        browser = services.cookies.read(request.cookies, "browser") or ""
        return html.page(
            request,
            "signed_in.html",
            masked_name=masked_name(attributes.name) if attributes.name else None,
            level=max(Level.ONE, _level(services, visitor)).value,
            csrf=csrf.token(services.cipher, browser, LOGOUT),
            name_url=NAME if attributes.name is None and visitor.account.proofing is Proofing.P0 else None,
            closes_on=closes_on(request, visitor),
            keep_csrf=Forms(services).token(request, keep_subject(visitor)),
        )

    def home(_request: Request) -> Response:
        return see_other("/me")

    pages.add_url_rule("/me", "me", page(entrance.guarded(me)), methods=["GET"], provide_automatic_options=False)
    pages.add_url_rule(SIGNED_IN, "signed_in", page(entrance.back), methods=["GET"], provide_automatic_options=False)
    pages.add_url_rule("/", "home", page(home), methods=["GET"], provide_automatic_options=False)
    return pages


def _level(services: Services, visitor: Visitor) -> Level:
    session = visitor.session
    ceiling = services.channels[session.channel].ceiling
    return reached(services.settings.policy.levels, visitor.account.proofing, session.authentication, ceiling)
