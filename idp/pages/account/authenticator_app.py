"""C19: add an authenticator app: a drawing to scan, the same in letters, and one code that proves it arrived."""

from typing import Any

from flask import Blueprint

from idp.accounts import enrolment
from idp.accounts.methods import Added, Methods
from idp.http.cookies import BROWSER_COOKIE
from idp.http.html import Html, look_of
from idp.http.qr_code import qr_code
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.credential import CredentialKind
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.account.methods import PATH as METHODS
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page
from realnames.identifiers.phone import parse_phone

PATH = f"{METHODS}/totp"


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/methods/totp`."""
    pages, entrance, app = new_blueprint("authenticator_app"), Entrance(services), AuthenticatorAppPage(services, html)
    for method, view in (("GET", app.show), ("POST", app.confirm)):
        guarded = page(entrance.guarded(view, is_fresh=True, is_strong=True))
        pages.add_url_rule(PATH, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class AuthenticatorAppPage:
    """The secret is ours, is shown on this page alone, and counts from the code that confirms it (threat H09)."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._methods = Methods(services)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """A new secret each time that the page is opened."""
        return self._page(request, visitor, self._services.one_time_codes.new_secret())

    def confirm(self, request: Request, visitor: Visitor) -> Response:
        """Take the app whose code is right; a form that did its work already leads on, since the person pressed twice."""
        act = act_of(self._services, request, visitor)
        bound_to, has_app = self._bound_to(request, visitor)
        secret = enrolment.opened(self._services.cipher, request.form.get("sealed", ""), bound_to, act.at)
        if secret is None and has_app and self._forms.is_genuine(request, PATH):
            return see_other(METHODS)
        if secret is None or not self._forms.is_genuine(request, PATH):
            return self._page(request, visitor, secret or self._services.one_time_codes.new_secret(), is_stale=True)
        code = "".join(request.form.get("code", "").split())
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            return self._page(request, visitor, secret, problem="malformed" if code else "empty")
        if self._methods.add_one_time_code(act, secret, code) is Added.WRONG:
            return self._page(request, visitor, secret, problem="wrong")
        return see_other(f"{METHODS}?done=app_added")

    def _page(self, request: Request, visitor: Visitor, secret: str, **context: Any) -> Response:
        services, now = self._services, self._services.clock()
        bound_to, has_app = self._bound_to(request, visitor)
        address = services.one_time_codes.address(secret, issuer=self._issuer(request), label=self._label(visitor))
        return self._html.page(
            request,
            "authenticator_app.html",
            form_action=PATH,
            csrf=self._forms.token(request, PATH),
            sealed=enrolment.seal(services.cipher, secret, bound_to, now),
            drawing=qr_code(address),
            address=address,
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            replaces=has_app,
            **context,
        )

    def _bound_to(self, request: Request, visitor: Visitor) -> tuple[str, bool]:
        browser = self._services.cookies.read(request.cookies, BROWSER_COOKIE) or ""
        with self._services.begin() as unit_of_work:
            present = unit_of_work.credentials.get(visitor.account.id, CredentialKind.ONE_TIME_CODE)
        return enrolment.bound_to(visitor.account.id, browser, present), present is not None

    def _issuer(self, request: Request) -> str:
        """How the app names us, in the person's language."""
        city = self._services.settings.city
        is_english = look_of(request).language.tag == "en" and city.english is not None
        words = city.english if is_english and city.english else city
        return f"{words.name} {words.service_name}" if is_english else f"{words.name}{words.service_name}"

    def _label(self, visitor: Visitor) -> str:
        """Which account it is, for who has two; never a name or a whole number, since apps show and copy it."""
        with self._services.begin() as unit_of_work:
            phone = unit_of_work.accounts.attributes(visitor.account.id).phone
        return parse_phone(phone).masked if phone is not None else self._services.settings.city.service_name
