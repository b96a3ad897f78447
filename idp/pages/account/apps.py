"""C18: which apps may see what, and the way to take it back."""

from typing import Any

from flask import Blueprint

from idp.accounts import apps as accounts_apps
from idp.accounts.apps import PersonsApp
from idp.http.html import Html, look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.client import ACCOUNT_CLIENT, Client
from idp.model.session import Session, Visitor
from idp.pages.account._entrance import Entrance
from idp.pages.account._words import scope_words
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.sessions.living import living_of
from idp.web import new_blueprint, page

PATH = "/me/apps"
_DONE = ("withdrawn", "signed_out")


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages `/me/apps` and `/me/apps/<client_id>`."""
    pages, entrance, apps = new_blueprint("apps"), Entrance(services), AppPages(services, html)
    for path, method, view in (
        (PATH, "GET", apps.all),
        (f"{PATH}/<client_id>", "GET", apps.one),
        (f"{PATH}/<client_id>", "POST", apps.take),
    ):
        guarded = page(entrance.guarded(view))
        pages.add_url_rule(path, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class AppPages:
    """Shows them, asks before something is taken back, and takes it back."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def all(self, request: Request, visitor: Visitor) -> Response:
        """Every app of the person."""
        with self._services.begin() as unit_of_work:
            _, apps = self.apps_of(unit_of_work, visitor)
        language, done = look_of(request).language, request.parameters.get("done", "")
        issuer = self._services.settings.issuer
        shown = [_shown(language, app, issuer) for app in apps]
        return self._html.page(request, "apps.html", apps=shown, done=done if done in _DONE else None)

    def one(self, request: Request, visitor: Visitor, client_id: str) -> Response:
        """What will happen, before it does."""
        return self._confirmation(request, visitor, client_id)

    def take(self, request: Request, visitor: Visitor, client_id: str) -> Response:
        """Take it back, or sign out of an app that a law lets see what it sees; a second press finds nothing to do."""
        if not self._forms.is_genuine(request, f"{PATH}/{client_id}"):
            return self._confirmation(request, visitor, client_id, is_stale=True)
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            living, apps = self.apps_of(unit_of_work, visitor)
            app = _named(apps, client_id)
            if app is None:
                return see_other(PATH)
            act = accounts_apps.sign_out if app.is_by_law else accounts_apps.withdraw
            act(unit_of_work, visitor, app, living, now)
            unit_of_work.commit()
        return see_other(f"{PATH}?done={'signed_out' if app.is_by_law else 'withdrawn'}")

    def apps_of(self, unit_of_work: UnitOfWork, visitor: Visitor) -> tuple[list[Session], list[PersonsApp]]:
        """The person's living sessions and apps; our own account is none."""
        living = living_of(unit_of_work, visitor.account.id, self._services.channels, self._services.clock())
        apps = accounts_apps.apps_of(unit_of_work, visitor.account.id, living, self._asks_consent)
        return living, [app for app in apps if app.client.client_id != ACCOUNT_CLIENT]

    def _confirmation(self, request: Request, visitor: Visitor, client_id: str, *, is_stale: bool = False) -> Response:
        with self._services.begin() as unit_of_work:
            _, apps = self.apps_of(unit_of_work, visitor)
        app = _named(apps, client_id)
        if app is None:
            return see_other(PATH)
        path = f"{PATH}/{client_id}"
        return self._html.page(
            request,
            "app.html",
            app=_shown(look_of(request).language, app, self._services.settings.issuer),
            form_action=path,
            csrf=self._forms.token(request, path),
            is_stale=is_stale,
        )

    def _asks_consent(self, client: Client) -> bool:
        """Whether it has to ask: by its registration, or by a rule that may match it."""
        return client.asks_consent or any(
            rule.asks_consent
            and (not rule.client_ids or client.client_id in rule.client_ids)
            and (not rule.channels or client.channel in rule.channels)
            for rule in self._services.settings.policy.rules
        )


def _named(apps: list[PersonsApp], client_id: str) -> PersonsApp | None:
    return next((app for app in apps if app.client.client_id == client_id), None)


def _shown(language: Language, app: PersonsApp, issuer: str) -> dict[str, Any]:
    """An app as a row of a page, and as the facts on its own."""
    since = app.consent.given_at if app.consent else app.first_at
    return {
        "client_id": app.client.client_id,
        "name": app.client.client_name,
        "address": app.client.start_address(issuer),
        "sees": language.joined(scope_words(language, app.scope)) or language.plain("apps.only_who"),
        "is_offline": "offline_access" in app.scope,
        "since": language.date_and_time(since) if since else None,
        "used_at": language.date_and_time(app.used_at) if app.used_at else None,
        "is_by_law": app.is_by_law,
        "is_open": app.is_open,
    }
