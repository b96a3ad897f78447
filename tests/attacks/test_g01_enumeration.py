"""G01: whether a name is known can be told neither from an answer nor by a clock."""

import re
from collections.abc import Callable

import httpx
import pytest

from idp.events import Action
from tests.attacks.rig import Browser, Target, authorization_url
from tests.attacks.sandbox_card import SandboxCard
from tests.attacks.strangers import known_phone, unknown_citizen_id, unknown_phone
from tests.attacks.timing import Attempt, assert_alike
from tests.biometrics.software_authenticator import SoftwareAuthenticator

Proof = Callable[[Browser, str], list[httpx.Response]]
WRONG = "a wrong pass phrase"
TRIES = 6
"""Beyond the free ones, so that the pause is compared, too."""


@pytest.fixture
def password_hash(target: Target) -> str:
    """One hash for everybody: it is never matched here."""
    target.excuses(Action.SIGN_IN_REFUSED, "what is compared is what the asker sees; tests of guesses count the tries")
    return target.idp.installation.services.passwords.hash(target.person.password)


def faceless(answer: httpx.Response, name: str) -> tuple[int, str, list[tuple[str, str]]]:
    """An answer without what differs by nature: handle, token of the form, support code, times, and what was typed."""
    differing = r'(/s/|%2Fs%2F)[\w~-]+|(?<=name="csrf" value=")\w+|(?<=id="support-code">)[^<]+|\d\d:\d\d'
    body = re.sub(differing, "", answer.text)
    body = body.replace(name, "").replace(f"{name[:3]}****{name[-4:]}", "")
    location = re.sub(r"/s/[\w~-]+", "/s/", answer.headers.get("location", ""))
    changing = {"date", "location", "content-length"}
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in changing]
    return answer.status_code, body, [*headers, ("location", location), ("cookies", str(len(answer.cookies)))]


def at_the_name(browser: Browser, name: str, way: str) -> list[httpx.Response]:
    browser.open(authorization_url(login_hint=name))
    sent = browser.submit(username=name, way=way)
    return [sent, browser.follow(sent), browser.get(f"{browser.here.rpartition('/')[0]}/ways")]


def name_oneself(browser: Browser, name: str, way: str = "password") -> httpx.Response:
    """From the app to the page of the proof; a browser that knows somebody is told that it is somebody else."""
    browser.open(authorization_url())
    if "continue" in browser.page.ids:
        browser.open(f"{browser.here.partition('?')[0]}?again=1&other=1")
    return browser.name(name, way)


def at_the_password(browser: Browser, name: str) -> list[httpx.Response]:
    name_oneself(browser, name)
    pages = [browser.submit(password=word) for word in ("", "x" * 2000, *[WRONG] * TRIES)]
    return [*pages, browser.get(browser.here)]


def at_the_code(browser: Browser, name: str) -> list[httpx.Response]:
    shown = name_oneself(browser, name, "code")
    pages = [browser.submit(code=code) for code in ("", "12", *["999999"] * TRIES)]
    return [shown, *pages, browser.get(browser.here), browser.submit(form=-1, way="password")]


def at_the_one_time_code(browser: Browser, name: str) -> list[httpx.Response]:
    name_oneself(browser, name)
    shown = browser.open(browser.here.replace("/password", "/totp"))
    pages = [browser.submit(code=code) for code in ("", "12", *["999999"] * TRIES)]
    return [shown, *pages, browser.get(browser.here), browser.submit(form=-1, way="password")]


def at_the_passkey(browser: Browser, name: str) -> list[httpx.Response]:
    """The page, the question for the device, and answers of nobody (threat I09: no list of what somebody has)."""
    browser.open(authorization_url())
    browser.name(name)
    shown = browser.open(browser.here.replace("/password", "/passkey"))
    question = browser.get(f"{browser.here}/options").json()
    assert not question.get("allowCredentials")
    pages = [browser.submit(credential=answer) for answer in ("", "{}", "x" * 2000)]
    return [shown, *pages, browser.get(browser.here)]


def at_the_card(browser: Browser, name: str) -> list[httpx.Response]:
    """The page, and what a card of nobody signs: it is not that of who was named, whoever that is."""
    browser.open(authorization_url())
    browser.name(name)
    shown = browser.open(browser.here.replace("/password", "/card"))
    card = SandboxCard(browser.target.idp)
    pages = [browser.submit(card=answer) for answer in ("", "{}", "x" * 2000, card.signs(browser))]
    return [shown, *pages, browser.get(browser.here)]


def at_the_recovery_code(browser: Browser, name: str) -> list[httpx.Response]:
    browser.open(authorization_url())
    browser.name(name)
    shown = browser.open(browser.here.replace("/password", "/recovery"))
    pages = [browser.submit(code=code) for code in ("", "12", *["9999 9999 9999 9999"] * TRIES)]
    return [shown, *pages, browser.get(browser.here), browser.submit(form=-1, way="password")]


def at_the_slip(browser: Browser, name: str) -> list[httpx.Response]:
    """The page of who cannot get in, and the digits of a window's slip."""
    browser.open(authorization_url())
    browser.name(name)
    recover = browser.get(browser.here.replace("/password", "/recover"))
    shown = browser.open(browser.here.replace("/password", "/slip"))
    pages = [browser.submit(code=code) for code in ("", "12", *["9999 9999"] * TRIES)]
    behind = browser.get(browser.here.replace("/slip", "/new-start"))
    return [recover, shown, *pages, behind, browser.get(browser.here)]


@pytest.mark.parametrize("way", ["password", "code"])
def test_the_name_tells_nothing(target: Target, password_hash: str, way: str) -> None:
    """Status, body, headers and cookies are alike, by phone and by citizen number.

    Red when `take_name` says that nobody has this number, or sends only known people to the page of the code.
    """
    pairs = [(known_phone(target, password_hash), unknown_phone()), (target.person.citizen_id, unknown_citizen_id())]
    for known, unknown in pairs:
        seen = [faceless(answer, known)[:2] for answer in at_the_name(target.browser(), known, way)]
        others = [faceless(answer, unknown)[:2] for answer in at_the_name(target.browser(), unknown, way)]
        hide = re.compile(r"\d{4}\*+\w{4}")
        assert [(status, hide.sub("", body)) for status, body in seen] == [
            (status, hide.sub("", body)) for status, body in others
        ]


PROOFS = [
    at_the_password,
    at_the_code,
    at_the_one_time_code,
    at_the_passkey,
    at_the_card,
    at_the_recovery_code,
    at_the_slip,
]


@pytest.mark.parametrize("proof", PROOFS)
def test_the_proof_tells_nothing(target: Target, password_hash: str, proof: Proof) -> None:
    """Empty, malformed, over-long, wrong, wrong again until the pause: one story for both.

    Red when `_wrong` counts or pauses known people only, and when an unknown one is told `empty` differently.
    """
    known, unknown = known_phone(target, password_hash), unknown_phone()
    seen = [faceless(answer, known) for answer in proof(target.browser(), known)]
    others = [faceless(answer, unknown) for answer in proof(target.browser(), unknown)]
    assert seen == others


@pytest.mark.parametrize("proof", [at_the_password, at_the_code, at_the_one_time_code])
def test_a_browser_that_knows_somebody_else_learns_nothing(target: Target, password_hash: str, proof: Proof) -> None:
    """The asker has an account, and signed in on this browser before: the way in past a pause is theirs alone (G03).

    Red when the cookie is looked up for whoever is named, and says so by other tries or another page.
    """

    def at_home() -> Browser:
        browser = target.browser()
        browser.sign_in(target.person)
        browser.http.cookies.delete(target.cookie_name("session"))
        return browser

    known, unknown = known_phone(target, password_hash), unknown_phone()
    seen = [faceless(answer, known) for answer in proof(at_home(), known)]
    others = [faceless(answer, unknown) for answer in proof(at_home(), unknown)]
    assert seen == others
    assert 429 in {status for status, _, _ in seen}


@pytest.mark.alone
def test_the_clock_tells_nothing_at_the_name(target: Target, password_hash: str) -> None:
    """200 pairs. Red when a known name costs a slow look at the person, such as one password hash."""
    names = {"known": known_phone(target, password_hash), "unknown": unknown_phone()}
    browsers = {kind: target.browser() for kind in names}
    for browser in browsers.values():
        browser.open(authorization_url())

    def name(kind: str) -> httpx.Response:
        return browsers[kind].submit(username=names[kind], way="password")

    assert_alike(lambda _: name("known"), lambda _: name("unknown"), samples=200)


@pytest.mark.alone
@pytest.mark.parametrize("step", ["password", "code", "totp", "passkey", "card", "recovery", "slip", "send"])
def test_the_clock_tells_nothing_at_the_proof(target: Target, password_hash: str, step: str) -> None:
    """30 pairs, since each wrong password costs two Argon2 hashes and each person has few tries.

    Red when `verify` skips the hash for somebody without one, and when `send_code` promises a code to known people
    only, or asks the carrier itself inside the request.
    """
    known = [known_phone(target, password_hash) for _ in range(30)]
    unknown = [unknown_phone() for _ in range(30)]
    assert_alike(_attempts(target, known, step), _attempts(target, unknown, step), samples=30)


def _attempts(target: Target, names: list[str], step: str) -> Attempt:
    """One attempt per call, each for the next name; warm-up and rounds stay below the pause."""
    browsers, rarer = [target.browser() for _ in names], ("totp", "passkey", "card", "recovery", "slip")
    for name, browser in zip(names, browsers, strict=True):
        browser.open(authorization_url())
        if step != "send":
            browser.name(name, "password" if step in rarer else step)
        if step in rarer:
            browser.open(browser.here.replace("/password", f"/{step}"))
    device = SoftwareAuthenticator(origin=target.issuer, user_handle=b"nobody")  # whose passkey nobody has
    is_passkey = step == "passkey"
    card = SandboxCard(target.idp)
    signed = [card.signs(browser) if step == "card" else "" for browser in browsers]
    answers = [device.get(browser.get(f"{browser.here}/options").text) if is_passkey else "" for browser in browsers]

    def attempt(number: int) -> httpx.Response:
        fields = {
            "password": {"password": WRONG},
            "code": {"code": "999999"},
            "totp": {"code": "999999"},
            "recovery": {"code": "9" * 16},
            "slip": {"code": "9" * 8},
            "passkey": {"credential": answers[number]},
            "card": {"card": signed[number]},
        }
        return browsers[number].send(fields.get(step, {"username": names[number], "way": "code"}))

    return attempt
