"""Whoever was invited takes their role here: a name, a passkey, and they are in."""

from typing import Any

from flask import Blueprint

from admin.console.entrance import HOME
from idp.accounts.invitations import LONGEST_NAME, PATH, find_open
from idp.accounts.work_account import Taken, Taking, WorkAccounts
from idp.entropy import random_token
from idp.errors import Refused
from idp.http.cookies import BROWSER_COOKIE, BROWSER_SECONDS
from idp.http.device_name import device_name
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, json_text, see_other
from idp.model.office import OFFICERS, Invitation
from idp.services import Services
from idp.sessions import csrf
from idp.sessions.csrf import Forms
from idp.sessions.resume import resume
from idp.web import routed

_SAID = {"cancelled", "known"}


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/console/invitations/<token>`, and the question for the device below it."""
    view = InvitationPage(services, html)
    return routed(
        "invitation",
        (f"{PATH}/<token>", "GET", view.show),
        (f"{PATH}/<token>", "POST", view.take),
        (f"{PATH}/<token>/options", "GET", view.options),
    )


class InvitationPage:
    """Open to whoever has the link; it works once, and within a day."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._accounts = WorkAccounts(services)

    def show(self, request: Request, token: str) -> Response:
        """What is offered; `said` is what the script saw the device do."""
        said = request.parameters.get("said", "")
        return self._page(request, token, said if said in _SAID else None)

    def options(self, request: Request, token: str) -> Response:
        """What the device is asked to make; `{}` where the invitation is over."""
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            invitation = find_open(unit_of_work, token, now)
        if invitation is None:
            return json_text("{}")
        return json_text(self._accounts.options(invitation, invitation.name, self._browser(request), now))

    def take(self, request: Request, token: str) -> Response:
        """Take what the device made: with it come account, role and session."""
        if not self._forms.is_genuine(request, PATH):
            return self._page(request, token, "stale")
        services, now = self._services, self._services.clock()
        name = " ".join(request.form.get("name", "").split())
        with services.begin() as unit_of_work:
            invitation = find_open(unit_of_work, token, now)
            cookie = services.cookies.read(request.cookies, "session")
            present = resume(unit_of_work, cookie, services.channels, now)
        if invitation is not None and not invitation.name and not _is_name(name):
            return self._page(request, token, "name")
        taking = Taking(
            unverified_token=token,
            name=name,
            browser=self._browser(request),
            device=device_name(request.headers.get("user-agent")),
            replaces=None if present is None else present.session,
            at=now,
        )
        taken = self._accounts.take(taking, request.form.get("credential", ""))
        if isinstance(taken, Taken):
            return see_other(HOME, services.cookies.set("session", taken.cookie))
        return self._page(request, token, "over" if taken is None else taken.value)

    def _page(self, request: Request, token: str, problem: str | None) -> Response:
        with self._services.begin() as unit_of_work:
            invitation = find_open(unit_of_work, token, self._services.clock())
        if invitation is None:
            over = Refused("not_found", "This invitation was used, withdrawn, or has run out.", status=404)
            return self._html.page(request, "console/invitation_over.html", status=over.status)
        browser = self._browser(request) or random_token(16)
        response = self._html.page(
            request,
            "console/invitation.html",
            status=400 if problem else 200,
            **self._offered(request, invitation),
            action=f"{PATH}/{token}",
            options_url=f"{PATH}/{token}/options",
            csrf=csrf.token(self._services.cipher, browser, PATH),
            problem=problem,
        )
        return response.with_headers(self._services.cookies.set(BROWSER_COOKIE, browser, BROWSER_SECONDS))

    def _offered(self, request: Request, invitation: Invitation) -> dict[str, Any]:
        return {
            "role": invitation.role.value,
            "is_officer": invitation.role in OFFICERS,
            "scope": invitation.scope,
            "name": invitation.name,
            "until": look_of(request).language.date_and_time(invitation.expires_at),
            "longest_name": LONGEST_NAME,
        }

    def _browser(self, request: Request) -> str:
        return self._services.cookies.read(request.cookies, BROWSER_COOKIE) or ""


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()
