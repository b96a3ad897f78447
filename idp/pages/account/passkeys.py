"""C11 and C19: passkeys are made on this device, named, and taken away."""

from typing import Any

from flask import Blueprint

from idp.accounts.held import Held
from idp.accounts.passkeys import AddedPasskey, PasskeyKeeping, found, is_last
from idp.http.cookies import BROWSER_COOKIE
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, json_text, see_other
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.account.methods import PATH as METHODS
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

PATH = "/me/passkeys"
NEW = f"{PATH}/new"
LATER = f"{PATH}/later"
COOKIE = "passkey_offer"
"""How this browser answered the offer; a passkey is of a device, and so is the answer."""
_PUT_OFF_SECONDS = {"later": 30 * 86_400, "never": 400 * 86_400}
_SAID = ("cancelled", "known")


def is_offered(services: Services, request: Request, visitor: Visitor, held: Held) -> bool:
    """Whether this is the moment: nothing is under way, the person has none yet, and did not put it off here."""
    is_possible = Method.BOUND_PASSKEY in services.methods and not visitor.session.is_shared_device
    return is_possible and not held.passkeys and COOKIE not in request.cookies


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages `/me/passkeys/new` and `/me/passkeys/<id>`."""
    pages, entrance, view = new_blueprint("passkeys"), Entrance(services), PasskeyPages(services, html)
    later = page(entrance.guarded(view.put_off))
    pages.add_url_rule(LATER, "put_off", later, methods=["POST"], provide_automatic_options=False)
    for rule, method, handler in (
        (NEW, "GET", view.offer),
        (NEW, "POST", view.add),
        (f"{NEW}/options", "GET", view.options),
        (f"{PATH}/<int:passkey_id>", "GET", view.show),
        (f"{PATH}/<int:passkey_id>", "POST", view.change),
    ):
        guarded = page(entrance.guarded(handler, is_fresh=True, is_strong=True))
        pages.add_url_rule(rule, handler.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class PasskeyPages:
    """Everything here changes what opens the account, so it wants a fresh sign-in with all that its person has."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._keeping = PasskeyKeeping(services)

    def offer(self, request: Request, visitor: Visitor) -> Response:
        """Before the device's own window: what will happen."""
        del visitor
        said = request.parameters.get("said", "")
        return self._new_page(request, said if said in _SAID else None)

    def put_off(self, request: Request, visitor: Visitor) -> Response:
        """Not now, or not again: the account offers it no more on this browser for so long."""
        del visitor
        choice = request.form.get("choice", "")
        if choice not in _PUT_OFF_SECONDS or not self._forms.is_genuine(request, LATER):
            return see_other("/me")
        return see_other("/me", self._services.cookies.remember(COOKIE, choice, _PUT_OFF_SECONDS[choice]))

    def options(self, request: Request, visitor: Visitor) -> Response:
        """What the device is asked to make."""
        return json_text(self._keeping.options(visitor, self._browser(request), self._services.clock()))

    def add(self, request: Request, visitor: Visitor) -> Response:
        """Take what the device made."""
        if not self._forms.is_genuine(request, NEW):
            return self._new_page(request, "stale")
        answer = request.form.get("credential", "")
        added = self._keeping.add(act_of(self._services, request, visitor), self._browser(request), answer)
        if isinstance(added, AddedPasskey):
            return see_other(f"{METHODS}?done=passkey_added")
        return self._new_page(request, added.value)

    def show(self, request: Request, visitor: Visitor, passkey_id: int) -> Response:
        """One passkey; a number that is not the person's leads to the list."""
        return self._one_page(request, visitor, passkey_id)

    def change(self, request: Request, visitor: Visitor, passkey_id: int) -> Response:
        """Rename it or take it away."""
        if not self._forms.is_genuine(request, f"{PATH}/{passkey_id}"):
            return self._one_page(request, visitor, passkey_id, is_stale=True)
        if request.form.get("action") == "remove":
            if not self._keeping.remove(act_of(self._services, request, visitor), passkey_id):
                return self._one_page(request, visitor, passkey_id)
            return see_other(f"{METHODS}?done=passkey_removed")
        if not self._keeping.rename(visitor, passkey_id, request.form.get("name", "")):
            return self._one_page(request, visitor, passkey_id, problem="name")
        return see_other(f"{METHODS}?done=passkey_renamed")

    def _new_page(self, request: Request, problem: str | None = None) -> Response:
        return self._html.page(
            request,
            "new_passkey.html",
            action=NEW,
            options_url=f"{NEW}/options",
            csrf=self._forms.token(request, NEW),
            problem=problem,
        )

    def _one_page(self, request: Request, visitor: Visitor, passkey_id: int, **context: Any) -> Response:
        with self._services.begin() as unit_of_work:
            passkey = found(unit_of_work, visitor.account.id, passkey_id)
            last = is_last(self._services, unit_of_work, visitor.account.id)
        if passkey is None:
            return see_other(METHODS)
        path, language = f"{PATH}/{passkey_id}", look_of(request).language
        shown = {
            "name": passkey.name,
            "is_synced": passkey.is_synced,
            "added_at": language.date_and_time(passkey.created_at),
            "used_at": None if passkey.used_at is None else language.date_and_time(passkey.used_at),
        }
        return self._html.page(
            request,
            "one_passkey.html",
            form_action=path,
            csrf=self._forms.token(request, path),
            passkey=shown,
            is_last=last,
            **context,
        )

    def _browser(self, request: Request) -> str:
        return self._services.cookies.read(request.cookies, BROWSER_COOKIE) or ""
