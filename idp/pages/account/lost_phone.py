"""C12, signed in: the phone of the account is lost, and a new one is to take its place after days of waiting."""

from flask import Blueprint

from idp.accounts import lost_phone
from idp.accounts.lost_phone import LostPhone, may_be_lost
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.account import IdentifierKind
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import AccountPage, Entrance
from idp.pages.account.contact import DATA, PHONE, Contact, ContactSteps
from idp.pages.sign_in.recover import LOST_PHONE as PATH
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

KEEP = f"{PATH}/keep"
_LOST = Contact(IdentifierKind.PHONE, PATH, "phone", is_lost=True)


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages below `/me/data/phone/lost`, behind a fresh sign-in by anything but the phone itself.

    One proof is enough to ask: who has two changes the phone at once, and need not come here.
    """
    pages, entrance = new_blueprint("lost_phone"), Entrance(services)
    steps, keeping = ContactSteps(services, html, _LOST, LostPhone(services)), Keeping(services)
    for rule, method, name, handler in (
        (PATH, "GET", "ask", entrance.guarded(_without_phone(steps.ask), is_fresh=True)),
        (PATH, "POST", "take", entrance.guarded(_without_phone(steps.take), is_fresh=True)),
        (f"{PATH}/code", "GET", "ask_code", entrance.guarded(_without_phone(steps.ask_code), is_fresh=True)),
        (f"{PATH}/code", "POST", "take_code", entrance.guarded(_without_phone(steps.take_code), is_fresh=True)),
        (KEEP, "GET", "back", entrance.guarded(keeping.back)),
        (KEEP, "POST", "keep", entrance.guarded(keeping.keep)),
    ):
        pages.add_url_rule(rule, name, page(handler), methods=[method], provide_automatic_options=False)
    return pages


def ripe_on(services: Services, request: Request, visitor: Visitor) -> str | None:
    """When a new phone takes the place of a lost one, in words; None: none waits."""
    waiting = lost_phone.waiting(services, visitor.account.id)
    return None if waiting is None else str(look_of(request).language.date_and_time(waiting.ripe_at))


def keep_phone_subject(visitor: Visitor) -> str:
    """What the form that takes it back is bound to, wherever it stands."""
    return f"{KEEP}\n{visitor.session.id}"


class Keeping:
    """Whoever holds the account objects: by any sign-in, at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._forms = Forms(services)

    def keep(self, request: Request, visitor: Visitor) -> Response:
        """The phone stays."""
        if not self._forms.is_genuine(request, keep_phone_subject(visitor)):
            return see_other(DATA)
        lost_phone.keep_phone(self._services, act_of(self._services, request, visitor))
        return see_other(f"{DATA}?done=phone_kept")

    def back(self, _request: Request, _visitor: Visitor) -> Response:
        """Who comes here by a link finds the button on the page of the data."""
        return see_other(DATA)


def _without_phone(view: AccountPage) -> AccountPage:
    """The page, for who signed in by something else; who could read a code sent to the phone has it."""

    def shown(request: Request, visitor: Visitor) -> Response:
        return view(request, visitor) if may_be_lost(visitor.session) else see_other(PHONE)

    return shown
