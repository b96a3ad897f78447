"""A person on a browser of a certain kind, and a department's app that they use, all inside the test's own process."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from idp.app import Installation
from idp.keys import rotation
from idp.oauth.client_metadata import client_of
from tests.benchmarks.operations import SECRET, Answer, basic
from tests.idp.installed import PASSWORD, PHONE
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.specs.relying_party import s256

VERIFIER = "v" * 43
CALLBACK = "https://app.example/callback"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
HARMONY = "Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00) AppleWebKit/537.36 Chrome/99.0 HuaweiBrowser/15.0"


class PersonsBrowser(Browser):
    """A browser that says what it is, stops where it leaves us, and can sign in as anybody."""

    def __init__(self, installation: Installation, user_agent: str = WINDOWS, phone: str = PHONE) -> None:
        super().__init__(installation)
        self._user_agent = user_agent
        self._phone = phone

    def sign_in(self, page: Answer) -> Answer:
        page = self.post(self._path, csrf=csrf_of(page), username=self._phone, way="password")
        return self.post(self._path, csrf=csrf_of(page), password=PASSWORD)

    def enter(self, path: str = "/me") -> Answer:
        """An account page, by way of the sign-in."""
        return self.sign_in(self.get(path))

    @property
    def is_signed_in(self) -> bool:
        """Whether the account opens without a question."""
        self.get("/me")
        return self.here == "/me"

    @property
    def _headers(self) -> dict[str, str]:
        return {**super()._headers, "HTTP_USER_AGENT": self._user_agent}

    def _follow(self, path: str, answer: Answer) -> Answer:
        location = answer.headers.get("location", "")
        if answer.status == 303 and not location.startswith(("/", "http://localhost:8000/")):
            self.here = location
            return answer
        return super()._follow(path, answer)


class Department:
    """An app that is registered, sends people here and redeems what they come back with."""

    def __init__(self, installation: Installation, client_id: str = "housing-fund", **changes: Any) -> None:
        self.client = client_of(
            {
                "client_id": client_id,
                "client_name": "住房公积金",
                "client_secret": SECRET,
                "redirect_uris": [CALLBACK],
                "grant_types": ["authorization_code", "refresh_token"],
                "scope": "openid profile phone",
                "id_token_signed_response_alg": "ES256",
                "backchannel_logout_uri": "https://app.example/logout",
                **changes,
            }
        )
        now = installation.services.clock()
        with installation.services.begin() as unit_of_work:
            rotation.ensure(unit_of_work, now)
            unit_of_work.clients.save(self.client, now)
            unit_of_work.commit()

    def send(self, browser: PersonsBrowser) -> Answer:
        """Send the browser to us; where it ends may be a question."""
        asked = {
            "client_id": self.client.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile phone",
            "nonce": "n",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        return browser.get(f"/authorize?{urlencode(asked)}")

    def visit(self, browser: PersonsBrowser) -> Mapping[str, Any]:
        """A whole visit of a person who allows what is asked; the tokens."""
        page = self.send(browser)
        if browser.here.endswith("/consent"):
            page = browser.post(browser.here, csrf=csrf_of(page), action="allow")
        code = parse_qs(urlsplit(browser.here).query)["code"][0]
        tokens: Mapping[str, Any] = self.ask(
            browser, grant_type="authorization_code", code=code, redirect_uri=CALLBACK
        ).json
        return tokens

    def ask(self, browser: Browser, **form: str) -> Answer:
        """A request to the token endpoint."""
        body = urlencode({"code_verifier": VERIFIER, **form}).encode()
        return browser.caller.post("/token", basic(self.client.client_id), body)

    @staticmethod
    def read(browser: Browser, tokens: Mapping[str, Any]) -> Answer:
        """The person's data with an access token."""
        return browser.caller.get("/userinfo", {"HTTP_AUTHORIZATION": f"Bearer {tokens['access_token']}"})


def told_apps(installation: Installation) -> list[str]:
    """The apps that are promised to hear of an end, in order."""
    with installation.services.begin() as unit_of_work:
        now = installation.services.clock()
        items = unit_of_work.outbox.claim(now, lease_seconds=1, limit=100)
        unit_of_work.commit()
    return [item.payload["client_id"] for item in items if item.kind == "backchannel_logout"]
