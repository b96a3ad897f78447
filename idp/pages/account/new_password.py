"""C19: set a password, or change the one that is there; asked for after a fresh sign-in only."""

import re
from typing import Any

from flask import Blueprint

from idp.accounts.methods import Methods
from idp.accounts.staff_passwords import profile_of
from idp.http.html import Html
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

PATH = f"{METHODS}/password"
_HANDLE = re.compile(r"[A-Za-z0-9_~-]{1,64}", re.ASCII)


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/methods/password`."""
    pages, entrance, password = new_blueprint("new_password"), Entrance(services), NewPasswordPage(services, html)
    for method, view in (("GET", password.ask), ("POST", password.take)):
        guarded = page(entrance.guarded(view, is_fresh=True, is_strong=True))
        pages.add_url_rule(PATH, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class NewPasswordPage:
    """One field, typed once: who wants to see what they type presses the button beside it."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._methods = Methods(services)

    def ask(self, request: Request, visitor: Visitor) -> Response:
        """Ask for it."""
        return self._page(request, visitor, waits=_handle(request.parameters.get("for", "")))

    def take(self, request: Request, visitor: Visitor) -> Response:
        """Take it, and sign out the other devices where that was left ticked."""
        ends_others, waits = request.form.get("others") == "1", _handle(request.form.get("for", ""))
        if not self._forms.is_genuine(request, PATH):
            return self._page(request, visitor, is_stale=True, ends_others=ends_others, waits=waits)
        act = act_of(self._services, request, visitor)
        fault = self._methods.set_password(act, request.form.get("password", ""), ends_others=ends_others)
        if fault is not None:
            return self._page(request, visitor, problem=fault.value, ends_others=ends_others, waits=waits)
        return see_other(f"/authorize/{waits}") if waits else see_other(f"{METHODS}?done=password_set")

    def _page(self, request: Request, visitor: Visitor, **context: Any) -> Response:
        with self._services.begin() as unit_of_work:
            present = unit_of_work.credentials.get(visitor.account.id, CredentialKind.PASSWORD)
        profile = profile_of(self._services, visitor.account)
        return self._html.page(
            request,
            "new_password.html",
            form_action=PATH,
            csrf=self._forms.token(request, PATH),
            is_change=present is not None,
            shortest=profile.shortest,
            kinds=profile.kinds,
            **{"ends_others": True, **context},
        )


def _handle(unverified: str) -> str:
    """The sign-in that goes on afterwards; empty: none waits."""
    return unverified if _HANDLE.fullmatch(unverified) else ""
