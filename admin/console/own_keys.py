"""An officer's own keys: a second one while the first is there, and the one that was lost taken away."""

from typing import Any

from flask import Blueprint

from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from idp.accounts.act import Act
from idp.accounts.passkeys import AddedPasskey, PasskeyKeeping
from idp.accounts.work_account import role_of_passkey
from idp.clock import Instant
from idp.http.cookies import BROWSER_COOKIE
from idp.http.html import look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, json_text, see_other
from idp.model.passkey import Passkey
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{HOME}/own-keys"
_SAID = {"cancelled", "known"}


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/own-keys`, and the question for the device below it: all with a sign-in of the last five minutes."""
    view = OwnKeyPages(services, frame)
    return routed(
        "own_keys",
        (PATH, "GET", entrance.guarded(view.show, is_fresh=True)),
        (PATH, "POST", entrance.guarded(view.act, is_fresh=True)),
        (f"{PATH}/options", "GET", entrance.guarded(view.options, is_fresh=True)),
    )


class OwnKeyPages:
    """The last key stays: whoever lost it is dismissed and invited anew."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._services = services
        self._frame = frame
        self._forms = Forms(services)

    def show(self, request: Request, officer: Officer, problem: str | None = None) -> Response:
        """Which there are; `said` is what the script saw the device do."""
        said = request.parameters.get("said", "")
        with self._services.begin() as unit_of_work:
            held = unit_of_work.passkeys.of_account(officer.visitor.account.id)
        language = look_of(request).language
        return self._frame.page(
            request,
            officer,
            "own_keys.html",
            keys=[_row(language, number, each) for number, each in enumerate(held, start=1)],
            may_remove=len(held) > 1,
            action=PATH,
            options_url=f"{PATH}/options",
            csrf=self._forms.token(request, PATH),
            problem=problem or (said if said in _SAID else None),
            is_done=request.parameters.get("done") == "1",
        )

    def options(self, request: Request, officer: Officer) -> Response:
        """What the device is asked to make."""
        return json_text(self._keeping(officer).options(officer.visitor, self._browser(request), self._now))

    def act(self, request: Request, officer: Officer) -> Response:
        """Take what the device made, or take a key away."""
        if not self._forms.is_genuine(request, PATH):
            return self.show(request, officer, "stale")
        keeping, act = self._keeping(officer), Act(officer.visitor, look_of(request).language.tag, self._now)
        key = request.form.get("remove", "")
        if key:
            is_number = key.isascii() and key.isdigit() and len(key) < 19
            with self._services.begin() as unit_of_work:
                held = {each.id for each in unit_of_work.passkeys.of_account(officer.visitor.account.id)}
            is_done = is_number and int(key) in held and keeping.remove(act, int(key))
            return see_other(f"{PATH}?done=1") if is_done else self.show(request, officer, "last")
        added = keeping.add(act, self._browser(request), request.form.get("credential", ""))
        if isinstance(added, AddedPasskey):
            return see_other(f"{PATH}?done=1")
        return self.show(request, officer, added.value)

    @property
    def _now(self) -> Instant:
        return self._services.clock()

    def _keeping(self, officer: Officer) -> PasskeyKeeping:
        return PasskeyKeeping(self._services, role_of_passkey(self._services, officer.appointment.role))

    def _browser(self, request: Request) -> str:
        return self._services.cookies.read(request.cookies, BROWSER_COOKIE) or ""


def _row(language: Language, number: int, key: Passkey) -> dict[str, Any]:
    return {
        "id": key.id,
        "number": number,
        "name": key.name,
        "is_synced": key.is_synced,
        "added_at": language.date_and_time(key.created_at),
        "used_at": None if key.used_at is None else language.date_and_time(key.used_at),
    }
