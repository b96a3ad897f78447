"""P4: which apps are registered, and what of one."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from admin.api.callers import READ, WRITE
from admin.api.surface import PREFIX
from admin.console.acting import Acts, actor_of, may
from admin.console.drafts import PATH as DRAFTS
from admin.console.entrance import HOME, Entrance, Officer
from admin.console.frame import Frame
from admin.operation import Nothing
from admin.operations.clients import (
    DISABLE_CLIENT,
    ENABLE_CLIENT,
    LIST_CLIENTS,
    SAVE_CLIENT,
    SHOW_CLIENT,
    ClientList,
    ClientTold,
    OneClient,
    SaveClient,
)
from admin.perform import Ask, Done, Drafted, perform
from idp.clock import Instant
from idp.errors import Refused
from idp.http.html import look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.client import CONSOLE_CLIENT
from idp.model.office import Role
from idp.registration.faults import InvalidClientMetadata
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{HOME}/apps"
NEW = f"{PATH}/new"
ACTS = {"disable": DISABLE_CLIENT, "enable": ENABLE_CLIENT}
_EXAMPLE = {
    "client_name": "住房公积金",
    "redirect_uris": ["https://app.example/callback"],
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks_uri": "https://app.example/jwks",
    "scope": "openid profile",
}


def _automation(issuer: str) -> Mapping[str, Any]:
    """An app that calls the officers' API by itself (S9): it proposes, and people decide."""
    return {
        "client_name": "",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": "https://automation.example/jwks",
        "scope": f"{READ} {WRITE}",
        "audience": f"{issuer}{PREFIX}",
        "sector_identifier": CONSOLE_CLIENT,
        "api_role": Role.SYSTEM.value,
    }


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/apps`, one of them, and a new one."""
    view, saves = AppPages(services, frame), SAVE_CLIENT.does
    return routed(
        "apps_of_console",
        (PATH, "GET", entrance.guarded(view.list)),
        (NEW, "GET", entrance.guarded(view.new, saves)),
        (NEW, "POST", entrance.guarded(view.save, saves)),
        (f"{PATH}/of/<client_id>", "GET", entrance.guarded(view.show)),
        (f"{PATH}/of/<client_id>", "POST", entrance.guarded(view.act, saves)),
    )


class AppPages:
    """Everybody looks; what changes is proposed."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._services = services
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def list(self, request: Request, officer: Officer) -> Response:
        """Every app."""
        found = self._acts.read(officer, LIST_CLIENTS, Nothing(), ClientList)
        is_automation = request.parameters.get("kind") == "automation"
        apps = [each.model_dump() for each in found.clients if each.api_role is not None or not is_automation]
        return self._frame.page(
            request,
            officer,
            "apps.html",
            apps=apps,
            is_automation=is_automation,
            may_register=may(officer, SAVE_CLIENT),
            new_url=f"{NEW}?kind=automation" if is_automation else NEW,
        )

    def show(self, request: Request, officer: Officer, client_id: str, **context: Any) -> Response:
        """All that is known of one."""
        try:
            found = self._acts.read(officer, SHOW_CLIENT, OneClient(client_id=client_id), ClientTold)
        except (Refused, ValueError):
            return see_other(PATH)
        path = f"{PATH}/of/{client_id}"
        language = look_of(request).language
        shown = {"problem": None, "faults": [], "typed": _text(found.metadata), **context}
        return self._frame.page(
            request,
            officer,
            "app.html",
            client_id=client_id,
            client_name=found.metadata["client_name"],
            metadata=[(name, _told(value)) for name, value in found.metadata.items()],
            is_disabled=found.status == "disabled",
            valid_secrets=found.valid_secrets,
            changed_at="" if found.changed_at is None else language.date_and_time(Instant(found.changed_at)),
            may_act=may(officer, DISABLE_CLIENT),
            action=path,
            csrf=self._forms.token(request, path),
            **shown,
        )

    def new(self, request: Request, officer: Officer, **context: Any) -> Response:
        """The form of a new one."""
        is_automation = request.parameters.get("kind") == "automation"
        example = _automation(self._services.settings.issuer) if is_automation else _EXAMPLE
        shown = {"problem": None, "faults": [], "typed": _text(example), "client_id": "", **context}
        csrf = self._forms.token(request, NEW)
        return self._frame.page(request, officer, "new_app.html", action=NEW, csrf=csrf, **shown)

    def save(self, request: Request, officer: Officer) -> Response:
        """Propose a new one."""
        form = request.form
        client_id, typed = form.get("client_id", "").strip(), form.get("metadata", "")
        if not self._forms.is_genuine(request, NEW):
            return self.new(request, officer, problem="stale", typed=typed, client_id=client_id)
        outcome = self._saved(officer, client_id, typed, Ask(is_new=True, reason=form.get("reason", "")))
        if isinstance(outcome, Refused):
            return self.new(request, officer, typed=typed, client_id=client_id, **_why(outcome))
        return _onwards(outcome, f"{PATH}/of/{client_id}")

    def act(self, request: Request, officer: Officer, client_id: str) -> Response:
        """Propose another registration, or to stop it or let it go on."""
        form, path = request.form, f"{PATH}/of/{client_id}"
        if not self._forms.is_genuine(request, path):
            return self.show(request, officer, client_id, problem="stale")
        if form.get("act") == "save":
            typed = form.get("metadata", "")
            outcome = self._saved(officer, client_id, typed, Ask(reason=form.get("reason", "")))
            if isinstance(outcome, Refused):
                return self.show(request, officer, client_id, typed=typed, **_why(outcome))
            return _onwards(outcome, path)
        operation = ACTS.get(form.get("act", ""))
        if operation is None:
            return see_other(path)
        outcome = self._acts.do(officer, operation, form, client_id=client_id)
        if isinstance(outcome, Refused):
            return self.show(request, officer, client_id, problem=outcome.code)
        return _onwards(outcome, path)

    def _saved(self, officer: Officer, client_id: str, typed: str, ask: Ask) -> Done | Drafted | Refused:
        try:
            metadata = json.loads(typed)
            wanted = SaveClient.model_validate({"client_id": client_id, "metadata": metadata})
            return perform(self._services, SAVE_CLIENT, wanted, actor_of(officer), ask)
        except (ValueError, RecursionError):
            return Refused("invalid_request", "That is no JSON object.")
        except Refused as refused:
            return refused


def _why(refused: Refused) -> dict[str, Any]:
    faults = refused.faults if isinstance(refused, InvalidClientMetadata) else ()
    return {"problem": refused.code, "faults": list(faults)}


def _onwards(outcome: Done | Drafted, path: str) -> Response:
    return see_other(f"{DRAFTS}/{outcome.draft.id}" if isinstance(outcome, Drafted) else path)


def _told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(metadata: object) -> str:
    return json.dumps(metadata, ensure_ascii=False, indent=2)
