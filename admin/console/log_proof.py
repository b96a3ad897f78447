"""A2 and A3: the auditor proves the newest part of the log, and takes out what a search found."""

from typing import Any

from flask import Blueprint
from pydantic import ValidationError

from admin.console.acting import Acts
from admin.console.entrance import Entrance, Officer
from admin.console.frame import Frame
from admin.console.log import PATH as LOG
from admin.console.log import wanted_of
from admin.operations.log import EXPORT_EVENTS, VERIFY_LOG, Exported, ExportEvents, LogVerified
from admin.perform import Done
from idp.errors import Refused
from idp.http.request import Request
from idp.http.response import NO_STORE, Response, see_other
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import routed

PATH = f"{LOG}/proof"
EXPORT = f"{LOG}/export"
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


def blueprint(services: Services, frame: Frame, entrance: Entrance) -> Blueprint:
    """`/console/log/proof` and `/console/log/export`."""
    view = LogProof(services, frame)
    return routed(
        "log_proof",
        (PATH, "GET", entrance.guarded(view.ask, VERIFY_LOG.does)),
        (PATH, "POST", entrance.guarded(view.verify, VERIFY_LOG.does)),
        (EXPORT, "POST", entrance.guarded(view.export, EXPORT_EVENTS.does)),
    )


class LogProof:
    """Both are written down, and change nothing else."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._frame = frame
        self._acts = Acts(services)
        self._forms = Forms(services)

    def ask(self, request: Request, officer: Officer, **context: Any) -> Response:
        """By which key?"""
        shown = {"problem": None, "typed": {"key": "", "anchor": ""}, "found": None, **context}
        csrf = self._forms.token(request, PATH)
        return self._frame.page(request, officer, "log_proof.html", action=PATH, csrf=csrf, **shown)

    def verify(self, request: Request, officer: Officer) -> Response:
        """Prove it, and say what is not as it was sealed."""
        typed = {name: request.form.get(name, "") for name in ("key", "anchor")}
        if not self._forms.is_genuine(request, PATH):
            return self.ask(request, officer, typed=typed, problem="stale")
        outcome = self._acts.do(officer, VERIFY_LOG, request.form)
        if isinstance(outcome, Refused):
            return self.ask(request, officer, typed=typed, problem=outcome.code)
        assert isinstance(outcome, Done)  # nothing that is read waits for a second person
        found = LogVerified.model_validate_json(outcome.answer)
        return self.ask(request, officer, typed=typed, found=found.model_dump())

    def export(self, request: Request, officer: Officer) -> Response:
        """A file of what the search found; what does not fit leads back to it."""
        if not self._forms.is_genuine(request, LOG):
            return see_other(LOG)
        try:
            asked = wanted_of(request.form).model_dump(exclude={"limit", "before"})
            wanted = ExportEvents.model_validate({**asked, "form": request.form.get("form", "")})
            file = self._acts.read(officer, EXPORT_EVENTS, wanted, Exported)
        except (ValidationError, ValueError, Refused):
            return see_other(LOG)
        headers = (
            ("Content-Type", _TYPES[wanted.form.value]),
            ("Content-Disposition", f'attachment; filename="{file.name}"'),
            ("X-Content-Type-Options", "nosniff"),
            *NO_STORE,
        )
        return Response(200, headers, file.content.encode("utf-8-sig" if wanted.form.value == "csv" else "utf-8"))
