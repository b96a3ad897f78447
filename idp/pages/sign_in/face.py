"""A second proof by face: first what will happen, then a consent of its own, then the authority's page, and back."""

import hashlib

from flask import Blueprint

from idp.accounts.comparison import Begun, Impossible, Wish
from idp.accounts.identifiers import masked_value
from idp.accounts.names import masked_name
from idp.accounts.tries import Paused
from idp.http.error_page import NO_AUTHORITY, ErrorPages, support_code_for
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.face import FaceProof, FaceUnfinished
from idp.model.account import IdentifierKind
from idp.pages.sign_in.open_ways import page_instead
from idp.pages.sign_in.step import Step
from idp.pages.sign_in.visit import Visit
from idp.ports import FaceChecks, FaceOutcome
from idp.services import Services
from idp.web import routed

TEXT_VERSION = "1"
"""Of what the person consents to; the digest beside it in the log says which words they read."""
_CONSENTED_TO = ("face.who", "face.sent", "face.kept", "face.refusing", "face.consent")
_REFRESH_SECONDS = 10
_PROBLEMS = {
    FaceOutcome.NOT_FOUND: "not_found",
    FaceOutcome.NO_PHOTO: "no_photo",
    FaceOutcome.CANCELLED: "cancelled",
    FaceOutcome.UNTRUSTED: "untrusted",
    FaceOutcome.NOTHING: "expired",
}
_OURS = frozenset({"down", "untrusted"})
"""Problems that somebody here or at the authority must mend: they come with a support code."""


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The pages `/s/<handle>/face` and `/s/<handle>/face/return`."""
    step = FaceStep(services, html, errors)
    return routed(
        "face",
        ("/s/<handle>/face", "GET", step.ask),
        ("/s/<handle>/face", "POST", step.consent),
        ("/s/<handle>/face/return", "GET", step.come_back),
    )


class FaceStep(Step):
    """No picture passes through these pages: the camera is asked for on the authority's own."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        super().__init__(services, html, errors)
        self._proof = FaceProof(services)

    def ask(self, request: Request, handle: str) -> Response:
        """Say who compares what, and what it costs to refuse: nothing."""
        visit = self._visits.find(request, handle)
        face, elsewhere = self._services.face, page_instead(visit, "face")
        return see_other(elsewhere or f"/authorize/{handle}") if elsewhere or face is None else self._shown(visit, face)

    def consent(self, request: Request, handle: str) -> Response:
        """Take the consent, and send the browser to the authority."""
        visit = self._visits.find(request, handle)
        face, elsewhere = self._services.face, page_instead(visit, "face")
        if elsewhere or face is None:
            return see_other(elsewhere or f"/authorize/{handle}")
        if not self._visits.is_genuine(visit):
            return self._shown(visit, face, is_stale=True)
        begun = self._proof.begin(self._attempt(visit), self._wish(visit, face))
        if isinstance(begun, Begun):
            return see_other(begun.url)
        if isinstance(begun, Impossible) and begun.why == "not_offered":
            return see_other(f"/authorize/{handle}")
        problem = self._problem(begun) if isinstance(begun, Paused) else {"problem": begun.why}
        return self._shown(visit, face, **problem)

    def come_back(self, request: Request, handle: str) -> Response:
        """The authority sends the browser here; the verdict itself is read from the authority, by us.

        The way from its form ends at this address: a browser that is led on from here to the app asks the policy of the
        authority's page (CSP `form-action`) whether its form may end there, and that page knows no app.
        """
        visit = self._visits.find(request, handle)
        answer = self._came_back(visit, handle)
        return answer if answer.status != 303 else self._going_on(visit, answer)

    def _came_back(self, visit: Visit, handle: str) -> Response:
        face = self._services.face
        if visit.login is None or visit.second is None or face is None:
            return see_other(f"/authorize/{handle}")
        if (elsewhere := page_instead(visit, "face")) is not None:
            return see_other(elsewhere)
        if (
            visit.request.method == "HEAD"
        ):  # it comes to every page that answers GET, and must use nothing up (threat F03)
            return self._waiting(visit, face, is_down=False)
        outcome = self._proof.check(self._attempt(visit))
        if isinstance(outcome, FaceUnfinished):
            if outcome.outcome in _PROBLEMS:
                return self._shown(visit, face, problem=_PROBLEMS[outcome.outcome])
            return self._waiting(visit, face, is_down=outcome.outcome is FaceOutcome.DOWN)
        problem = self._problem(outcome)
        return self._shown(visit, face, **problem) if problem else self._finish(visit, outcome)

    def _going_on(self, visit: Visit, answer: Response) -> Response:
        """A page that goes on by itself, without a script, and by its button."""
        next_url = dict(answer.headers)["Location"]
        cookies = [header for header in answer.headers if header[0] == "Set-Cookie"]
        page = self._html.page(visit.request, "face_done.html", next_url=next_url, client_name=visit.client.client_name)
        return page.with_headers(("Refresh", f"0; url={next_url}"), *cookies)

    def _wish(self, visit: Visit, face: FaceChecks) -> Wish:
        language = visit.language
        words = "\n".join(language.text(key, authority=self._authority(visit, face)) for key in _CONSENTED_TO)
        return Wish(
            purpose=language.plain("face.purpose", client=visit.client.client_name),
            language=language.tag,
            return_url=f"{self._services.settings.issuer}/s/{visit.interaction.id}/face/return",
            consent={"text": TEXT_VERSION, "text_digest": hashlib.sha256(words.encode()).hexdigest()},
        )

    def _authority(self, visit: Visit, face: FaceChecks) -> str:
        return visit.language.of(face.names)

    def _shown(self, visit: Visit, face: FaceChecks, **context: object) -> Response:
        """The page; who does not want it any more is led to what is left by the one door."""
        person = self._proof.person(self._attempt(visit))
        if person is None:
            return see_other(f"/authorize/{visit.handle}")
        if context.get("problem") in _OURS:
            context["support_code"] = support_code_for(NO_AUTHORITY)
        return self._page(
            visit,
            "face.html",
            masked_name=masked_name(person.name or ""),
            masked_number=masked_value(IdentifierKind.CITIZEN_ID, person.citizen_id) or "",
            **self._frame(visit, face),
            **visit.why,
            **context,
        )

    def _waiting(self, visit: Visit, face: FaceChecks, *, is_down: bool) -> Response:
        """Asks again by itself, without a script, and by a button for who does not want to wait."""
        code = {"support_code": support_code_for(NO_AUTHORITY)} if is_down else {}
        return_url = f"/s/{visit.handle}/face/return"
        page = self._page(
            visit, "face_waiting.html", return_url=return_url, is_down=is_down, **self._frame(visit, face), **code
        )
        return page.with_headers(("Refresh", f"{_REFRESH_SECONDS}; url={return_url}"))

    def _frame(self, visit: Visit, face: FaceChecks) -> dict[str, object]:
        return {
            "action": f"/s/{visit.handle}/face",
            "ways_action": f"/s/{visit.handle}/ways",
            "authority": self._authority(visit, face),
            "other_ways": [way for way in visit.open_ways if way != "face"] or ["recover"],
        }

    def _form_targets(self, visit: Visit) -> tuple[str, ...]:
        """At the authority too, on this step's pages and on no others."""
        face = self._services.face
        return visit.form_targets if face is None else (*visit.form_targets, face.page_origin)
