"""C14: who is signed in, how surely, by what, where, since when, and who sees what of it; and the way out."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint

from idp.accounts.held import Held, held_by
from idp.accounts.level_reached import level_of
from idp.accounts.mandate_answer import offered
from idp.accounts.names import masked_name
from idp.clock import Instant
from idp.events import Action
from idp.http.html import Html, look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.account import Account
from idp.model.policy import Level, Method, Proofing
from idp.model.session import Session, Visitor
from idp.pages.account._acting import SWITCH, acting_here
from idp.pages.account._entrance import SIGNED_IN, Entrance
from idp.pages.account._lines import Line, Lines
from idp.pages.account.apps import AppPages
from idp.pages.account.closing import closes_on, keep_subject
from idp.pages.account.devices import shown
from idp.pages.account.lost_phone import keep_phone_subject, ripe_on
from idp.pages.account.naming import NAME
from idp.pages.account.passkeys import LATER, is_offered
from idp.pages.sign_in.consent_values import masked_values
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

LOGOUT = "/logout"
RECOVER = "/recover"
_RECENT = 3
_SIGN_INS = (Action.SIGNED_IN, Action.SIGN_IN_REFUSED)
_ICONS: Mapping[Method, str] = {
    Method.PASSWORD: "key",
    Method.MESSAGE_CODE: "phone",
    Method.MAIL_CODE: "mail",
    Method.ONE_TIME_CODE: "shield",
    Method.BOUND_PASSKEY: "user",
    Method.SYNCED_PASSKEY: "user",
    Method.CITIZEN_CARD: "card",
    Method.RECOVERY_CODE: "rule",
}


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages `/` and `/me`, where people come back to from signing in, and where a slip sends them."""
    pages, entrance, overview = new_blueprint("account"), Entrance(services), Overview(services, html)

    def home(_request: Request) -> Response:
        return see_other("/me")

    for path, view in (
        ("/me", entrance.guarded(overview.show)),
        (SIGNED_IN, entrance.back),
        (RECOVER, entrance.afresh),
        ("/", home),
    ):
        pages.add_url_rule(path, path, page(view), methods=["GET"], provide_automatic_options=False)
    return pages


class Overview:
    """Each card says the little that people look for, and leads to the rest."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._apps = AppPages(services, html)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """The account at a glance."""
        language = look_of(request).language
        with self._services.begin() as unit_of_work:
            name = unit_of_work.accounts.attributes(visitor.account.id).name
            held = held_by(self._services, unit_of_work, visitor.account.id)
            living, apps = self._apps.apps_of(unit_of_work, visitor)
            recent = self._recent(unit_of_work, visitor, language)
            waiting = offered(self._services, unit_of_work, visitor.account.id, self._services.clock())
            acting = acting_here(self._services, unit_of_work, visitor, language, self._services.clock())
        return self._html.page(
            request,
            "signed_in.html",
            masked_name=masked_name(name) if name else None,
            level=max(Level.ONE, level_of(self._services, visitor, self._services.clock())).value,
            methods=_methods(language, held),
            codes_left=_codes_left(held, visitor.session),
            devices=_devices(language, living, visitor.session),
            device_count=len(living),
            recent=recent,
            app_count=len(apps),
            waiting_count=len(waiting),
            acting=acting,
            switch_csrf=self._forms.token(request, SWITCH),
            csrf=self._forms.token(request, LOGOUT),
            name_url=NAME
            if name is None and visitor.account.proofed(self._services.clock()).level is Proofing.P0
            else None,
            closes_on=closes_on(request, visitor),
            ripe_on=ripe_on(self._services, request, visitor),
            keep_phone_csrf=self._forms.token(request, keep_phone_subject(visitor)),
            **_cap(language, visitor.account, self._services.clock()),
            offer_csrf=self._forms.token(request, LATER)
            if is_offered(self._services, request, visitor, held)
            else None,
            keep_csrf=self._forms.token(request, keep_subject(visitor)),
        )

    def _recent(self, unit_of_work: UnitOfWork, visitor: Visitor, language: Language) -> list[dict[str, Any]]:
        """The last sign-ins, those that were refused among them."""
        found = unit_of_work.events.of_person(visitor.account.id, before=None, limit=_RECENT, actions=_SIGN_INS)
        lines = Lines(self._services, unit_of_work.clients, language)
        return [_dated(language, lines.line(logged)) for logged in found]


def _dated(language: Language, line: Line) -> dict[str, Any]:
    day = language.date_and_time(line.at)
    return {"id": line.id, "what": line.what, "at": day, "where": line.where, "is_refused": line.is_refused}


def _devices(language: Language, living: Sequence[Session], current: Session) -> list[dict[str, Any]]:
    """This one, and the other that was used last."""
    others = [session for session in living if session.id != current.id]
    return [shown(language, session, current) for session in (current, *others[:1])]


def _methods(language: Language, held: Held) -> list[dict[str, str]]:
    """By what the person can sign in, and where codes go."""
    masks = masked_values(held.phone, held.email)
    where = {Method.MESSAGE_CODE: masks.get("phone_number", ""), Method.MAIL_CODE: masks.get("email", "")}
    return [
        {"icon": _ICONS[method], "name": language.plain(f"account.method.{method}"), "to": where.get(method, "")}
        for method in Method
        if method in held.methods
    ]


def _codes_left(held: Held, session: Session) -> int | None:
    """How many recovery codes are left, for who has just used one up; None: nothing of it needs saying."""
    batch = held.recovery_codes
    return None if batch is None or Method.RECOVERY_CODE not in session.methods else batch.left


def _cap(language: Language, account: Account, now: Instant) -> dict[str, Any]:
    """Until when the account is held at a level after a new start; empty: it is not."""
    cap = account.cap
    if cap is None or now >= cap.until:
        return {}
    return {"cap_level": cap.level.value, "capped_until": language.date_and_time(cap.until)}
