"""A person's browser, reduced to what the load needs: a line, cookies, and the forms of the pages."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from tests.faults.line import Answer, Line
from tests.faults.walks.world import App
from tests.plugins.running_idp import Person


@dataclass(frozen=True)
class Question:
    """One authorization request."""

    target: str
    code_verifier: str


def question(app: App, prompt: str | None = None) -> Question:
    """A new authorization request of this app."""
    code_verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
    parameters = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": app.scope,
        "state": "of-the-load",
        "nonce": secrets.token_urlsafe(8),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if prompt is not None:
        parameters["prompt"] = prompt
    return Question(f"/authorize?{urlencode(parameters)}", code_verifier)


class StrangePageError(Exception):
    """A page that the way through does not know: the walk begins anew, and the page is counted."""


@dataclass
class Browser:
    """Cookies, and where it stands."""

    line: Line
    cookies: dict[str, str] = field(default_factory=dict)
    at: str = "/"

    def get(self, target: str) -> Answer:
        """A GET may be repeated: until it is answered."""
        self.at = target
        return self._kept(self.line.ask_until_answered("GET", target, headers=self.cookie))

    def post(self, target: str, form: dict[str, str]) -> Answer:
        """Raises AnswerLostError: whether it was done is for the person to find out."""
        return self._kept(self.line.ask("POST", target, form, self.cookie))

    def follow(self, answer: Answer) -> Answer:
        """To a page, or to the redirect that leaves for the app."""
        while answer.location.startswith("/"):
            answer = self.get(answer.location)
        return answer

    def press(self, answer: Answer, fields: dict[str, str]) -> Answer:
        """Send the form of this page with these fields; the redirect it answers with is not followed."""
        here = urlsplit(self.at).path
        form = next((form for form in answer.forms if form.action == here), None)
        if form is None:
            raise StrangePageError(f"{here[:20]}: {answer.status} {answer.body[-400:]!r}")
        return self.post(here, {**form.fields, **fields})

    def name_oneself(self, asked: Question, person: Person, way: str) -> Answer:
        """From the request to the page of the proof; the redirect to it is not followed."""
        return self.press(self.follow(self.get(asked.target)), {"username": person.phone, "way": way})

    def sign_in(self, asked: Question, person: Person) -> Answer:
        """By password; the redirect that brings the session is not followed."""
        page = self.follow(self.name_oneself(asked, person, "password"))
        answer = self.press(page, {"password": person.password})
        if answer.status != 303 or "session" not in self.cookies:
            raise StrangePageError(f"no session: {answer.status} {answer.body[-400:]!r}")
        return answer

    @property
    def cookie(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def _kept(self, answer: Answer) -> Answer:
        for header in answer.headers.get_all("Set-Cookie", []):
            name, _, value = header.partition(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer
