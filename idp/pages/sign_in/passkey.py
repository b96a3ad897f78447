"""C04: proof by a passkey; the same answer comes from the field of C01, where the browser offers it."""

import json
from dataclasses import replace

from flask import Blueprint

from idp.accounts.tries import Expired
from idp.errors import SignInOver
from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, json_text, see_other
from idp.interaction.outcomes import UnknownPasskey, Unproven
from idp.interaction.passkey import PasskeyAnswer, PasskeyProof
from idp.jose import base64url
from idp.model.interaction import Interaction
from idp.pages.sign_in.open_ways import page_instead
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.services import Services
from idp.web import routed


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/s/<handle>/passkey`, and the question for the device below it."""
    step = PasskeyStep(services, html, errors)
    return routed(
        "passkey",
        ("/s/<handle>/passkey", "GET", step.ask),
        ("/s/<handle>/passkey", "POST", step.take),
        ("/s/<handle>/passkey/options", "GET", step.options),
    )


class PasskeyStep(Step):
    """Asks the device, by a script, and checks what it answers."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._proof = PasskeyProof(services)

    def ask(self, request: Request, handle: str) -> Response:
        """The page; `said` is what the script saw the device do."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "passkey")) is not None:
            return see_other(elsewhere)
        return self._shown(visit, **({"problem": "cancelled"} if "said" in request.parameters else {}))

    def options(self, request: Request, handle: str) -> Response:
        """A new question for the device; nothing is stored for it. `{}` where there is no sign-in to ask it for.

        The field on the first page asks by itself: what it cannot have is no error that anybody should see.
        """
        try:
            visit = self._visits.find(request, handle)
        except SignInOver:
            return json_text("{}")
        return json_text(self._proof.options(_now_of(visit), visit.now))

    def take(self, request: Request, handle: str) -> Response:
        """Check the answer."""
        visit = self._visits.find(request, handle)
        if (elsewhere := page_instead(visit, "passkey")) is not None:
            return see_other(elsewhere)
        if not self._visits.is_genuine(visit):
            return self._shown(visit, is_stale=True)
        form = request.form
        answer = PasskeyAnswer(
            unverified=form.get("credential", ""),
            is_shared_device=form.get("on_shared_device") == "1",
            is_discovered=form.get("discover") == "1",
        )
        outcome = self._proof.check(replace(self._attempt(visit), interaction=_now_of(visit)), answer)
        if isinstance(outcome, UnknownPasskey):
            forget = {"rpId": self._services.passkeys.rp_id, "unknown": base64url(outcome.credential_id)}
            return self._shown(visit, problem="unknown", signal=json.dumps(forget))
        if isinstance(outcome, Unproven | Expired):
            return self._shown(visit, problem="expired" if isinstance(outcome, Expired) else "unproven")
        return self._finish(visit, outcome)

    def _shown(self, visit: Visit, **context: object) -> Response:
        return self._page(
            visit,
            "passkey.html",
            action=f"/s/{visit.handle}/passkey",
            options_url=f"/s/{visit.handle}/passkey/options",
            ways_action=None if visit.login is None else f"/s/{visit.handle}/ways",
            name_url=f"/s/{visit.handle}?again=1&other=1",
            is_discovered=visit.login is None,
            is_for_staff=visit.client.signs_in_staff,
            other_ways=visit.other_ways("passkey"),
            **visit.why,
            **context,
        )


def _now_of(visit: Visit) -> Interaction:
    """Without a second proof that was asked of a session which is over: whoever sits there now is somebody else."""
    return visit.interaction if visit.login is not None else visit.interaction.without_login()
