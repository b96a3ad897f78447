"""F03 to F05 and F10: no request that another site can cause changes anything, on any page that has a form.

The rig compares what was written down with what the answers told of, so a request that acted in silence is red by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pytest

from idp.accounts import freeze_link
from idp.accounts.held import held_by
from idp.events import Action
from idp.interaction.handles import Interactions
from idp.interaction.second_proof import Climb, ask_second
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import Level, Method
from idp.sessions.resume import resume
from tests.attacks import wire
from tests.attacks.answers import gives_session
from tests.attacks.doors import handle_in, named_handle, new_handle
from tests.attacks.rig import ACTING, SINGLE, Browser, Target, authorization_url, told
from tests.specs.acting import helper, whole

CONSENT = {"client_id": SINGLE, "redirect_uri": "https://rp.test/only", "prompt": "consent"}


@dataclass(frozen=True)
class Form:
    """A form of ours: how to get to it, where it goes, and what its person would have sent."""

    open: Callable[[Browser, Target], str]
    fields: Mapping[str, str]
    subject: str = field(default="")


def name_form(browser: Browser, _target: Target) -> str:
    return f"/s/{new_handle(browser)}"


def register_form(browser: Browser, _target: Target) -> str:
    return f"/s/{handle_in(browser.get(authorization_url(prompt='create')).headers['location'])}/register"


def password_form(browser: Browser, target: Target) -> str:
    return f"/s/{named_handle(browser, target)}/password"


def code_form(browser: Browser, target: Target) -> str:
    return f"/s/{named_handle(browser, target)}/code"


def resend_form(browser: Browser, target: Target) -> str:
    return f"/s/{named_handle(browser, target)}/code/resend"


def one_time_code_form(browser: Browser, target: Target) -> str:
    return f"/s/{named_handle(browser, target)}/totp"


def passkey_form(browser: Browser, target: Target) -> str:
    return f"/s/{named_handle(browser, target)}/passkey"


def card_form(browser: Browser, target: Target) -> str:
    return f"/s/{named_handle(browser, target)}/card"


def recovery_code_form(browser: Browser, target: Target) -> str:
    return f"/s/{named_handle(browser, target)}/recovery"


def slip_form(browser: Browser, target: Target) -> str:
    return f"/s/{named_handle(browser, target)}/slip"


def face_form(browser: Browser, target: Target) -> str:
    """Of a second proof that an app asks for: nothing may reach the authority by it."""
    services = target.idp.installation.services
    interactions = Interactions(services.ephemeral, services.cipher, services.clock)
    interaction = interactions.known(new_handle(browser))
    assert interaction is not None
    with services.begin() as unit_of_work:
        cookie = browser.http.cookies.get(target.cookie_name("session"))
        visitor = resume(unit_of_work, cookie, services.channels, services.clock())
        assert visitor is not None
        held = held_by(services, unit_of_work, visitor.account.id)
    assert Method.FACE in held.second_only
    asked = ask_second(interaction, visitor.session, held, (Method.FACE,), Climb(Level.FOUR, Level.THREE))
    return f"/s/{interactions.save(asked)}/face"


def ways_form(browser: Browser, target: Target) -> str:
    return f"/s/{named_handle(browser, target)}/ways"


def consent_form(browser: Browser, _target: Target) -> str:
    return browser.open(authorization_url(**CONSENT)).url.path


def identity_form(browser: Browser, target: Target) -> str:
    """Of somebody who may act for another: which of the two they are here nobody else decides."""
    helper(target.idp, target.idp.new_person(), target.person, whole(ACTING))
    path = browser.open(authorization_url(ACTING)).url.path
    assert path.endswith("/identity")
    return path


def logout_form(_browser: Browser, _target: Target) -> str:
    return "/logout"


def freeze_form(_browser: Browser, target: Target) -> str:
    person = target.idp.new_person()
    notice = Notice(
        account_id=person.account_id, kind=NoticeKind.NEW_DEVICE, at=target.idp.installation.services.clock()
    )
    return urlsplit(freeze_link.write(target.idp.installation.services.cipher, target.issuer, notice)).path


FORMS = {
    "name": Form(name_form, {"username": "13800000001", "way": "password"}),
    "known here": Form(name_form, {"forget": "1"}),
    "register": Form(register_form, {"username": "13800000001"}),
    "password": Form(password_form, {"password": "…"}),
    "code": Form(code_form, {"code": "000000"}),
    "resend": Form(resend_form, {}),
    "one-time code": Form(one_time_code_form, {"code": "000000"}),
    "passkey": Form(passkey_form, {"credential": "{}"}),
    "citizen card": Form(card_form, {"card": "{}"}),
    "recovery code": Form(recovery_code_form, {"code": "0000000000000000"}),
    "slip": Form(slip_form, {"code": "00000000"}),
    "face": Form(face_form, {}),
    "ways": Form(ways_form, {"way": "code"}),
    "consent": Form(consent_form, {"action": "allow"}),
    "identity": Form(identity_form, {"identity": "self"}),
    "freeze": Form(freeze_form, {}),
    "logout": Form(logout_form, {"action": "confirm"}),
}
"""Every form that changes something. Whoever adds a page with a form adds a row."""
METHODS = ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "post")
TYPES = ("text/plain", "application/json", "multipart/form-data; boundary=x", "")


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Form:
    """One form after the other."""
    return FORMS[request.param]


def _fields(form: Form, target: Target) -> dict[str, str]:
    return {name: target.person.password if value == "…" else value for name, value in form.fields.items()}


def _still_works(browser: Browser) -> bool:
    answer = browser.open(authorization_url(prompt="none"))
    return "code" in told(answer.headers["location"])


def _asked(browser: Browser, method: str, path: str, fields: Mapping[str, str], *headers: bytes) -> httpx.Response:
    target, body = browser.target, str(httpx.QueryParams(dict(fields))).encode()
    kind = headers or (wire.FORM,)
    if method in {"GET", "HEAD", "OPTIONS"}:
        path, body = f"{path}?{body.decode()}", b""
    return target.check(wire.request(target.issuer, method, path.encode(), browser.cookie_header, *kind, body=body))


TOKENS = {"none": None, "empty": "", "zeros": "0" * 64, "of-another-browser": "another"}


@pytest.mark.parametrize("token", TOKENS)
def test_a_form_without_its_token_changes_nothing(target: Target, signed_in: Browser, form: Form, token: str) -> None:
    """F03 and F04: no session comes or goes, nothing is let through, and the person is asked again.

    Red when a page does not ask `is_genuine`, or the token is bound to nothing but itself.
    """
    path = form.open(signed_in, target)
    forged = TOKENS[token]
    if forged == "another":
        stranger = target.browser()
        stranger.open(authorization_url(prompt="login"))
        forged = stranger.page.forms[0].hidden["csrf"]
    answer = _asked(signed_in, "POST", path, _fields(form, target) | ({} if forged is None else {"csrf": forged}))
    is_at_the_beginning = answer.headers.get("location") == "/".join(path.split("/")[:3])
    assert answer.status_code == 200 or is_at_the_beginning, (
        "the same page again, or the first one, and no step further"
    )
    assert not gives_session(answer)
    assert not answer.headers.get("location", "/").startswith("https://")
    assert _still_works(signed_in)


@pytest.mark.parametrize("method", METHODS)
def test_no_other_method_acts(target: Target, signed_in: Browser, form: Form, method: str) -> None:
    """F03, the whole form with its right token in query or body; HEAD never acts.

    Red when a view is registered for more methods than it looks at, and when a page reads the query for a form.
    """
    path = form.open(signed_in, target)
    fields = _fields(form, target) | {"csrf": _token(signed_in, path), "_method": "POST"}
    answer = _asked(signed_in, method, path, fields)
    assert not gives_session(answer)
    assert not answer.headers.get("location", "/").startswith("https://")
    assert _still_works(signed_in)


@pytest.mark.parametrize("media_type", TYPES, ids=lambda name: name or "none")
def test_no_other_media_type_acts(target: Target, signed_in: Browser, form: Form, media_type: str) -> None:
    """F03: what another site may send without asking, and what it may not. Red when a body is read whatever it is."""
    path = form.open(signed_in, target)
    fields = _fields(form, target) | {"csrf": _token(signed_in, path)}
    kind = (b"Content-Type: " + media_type.encode(),) if media_type else (b"X-Nothing: 1",)
    answer = _asked(signed_in, "POST", path, fields, *kind)
    assert 400 <= answer.status_code < 500
    assert not gives_session(answer)
    assert _still_works(signed_in)


def test_an_override_of_the_method_is_no_method(target: Target, signed_in: Browser) -> None:
    """F03. Red when `_method` or a header turns a GET into a POST."""
    path = consent_form(signed_in, target)
    token = _token(signed_in, path)
    for query in ("", f"?_method=POST&csrf={token}&action=allow"):
        answer = signed_in.get(path + query, **{"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"})
        assert "consent-allow" in signed_in.page.ids
        assert answer.status_code == 200


def test_a_sign_in_needs_the_browser_that_began_it(target: Target) -> None:
    """F04: the attacker's own sign-in, pasted into the victim's browser, opens no session there.

    Red when an interaction is found without its browser, or a token is not bound to one.
    """
    attacker, victim = target.browser(), target.browser()
    handle = named_handle(attacker, target)
    token = attacker.page.forms[0].hidden.get("csrf") or _token(attacker, f"/s/{handle}/password")
    victim.open(authorization_url())
    fields = {"password": target.person.password, "csrf": token}
    answer = victim.post(f"/s/{handle}/password", fields)
    assert answer.status_code == 400
    assert not gives_session(answer)


CHANGES: dict[str, dict[str, str]] = {
    "scope": {"scope": "openid profile phone email", "allow_phone_number": "1"},
    "client": {"client_id": "evil-rp"},
    "redirect": {"redirect_uri": "https://evil.test/cb"},
    "person": {"account_id": "1", "sub": "somebody"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_stored_request_decides_what_is_allowed(target: Target, signed_in: Browser, change: str) -> None:
    """F05. Red when the consent page takes from its form what the request asked."""
    consent_form(signed_in, target)
    allowed = signed_in.send({"action": "allow", **CHANGES[change]})
    left = signed_in.follow(allowed).headers["location"]
    assert left.startswith("https://rp.test/only?")
    answer = signed_in.redeem(told(left)["code"], SINGLE, redirect_uri="https://rp.test/only")
    assert answer.json()["scope"] == "openid profile"


def test_a_consent_of_another_tab_is_not_this_ones(target: Target, signed_in: Browser) -> None:
    """F05: two requests side by side; the token of one page says nothing on the other.

    Red when the token is bound to the browser alone.
    """
    first, other = consent_form(signed_in, target), consent_form(signed_in, target)
    assert handle_in(first) != handle_in(other)
    token = _token(signed_in, first)
    answer = signed_in.post(other, {"action": "allow", "csrf": token})
    assert answer.status_code == 200
    assert "consent-allow" in signed_in.page.ids


@pytest.mark.parametrize("by", ["get", "post"])
def test_a_sign_out_that_nobody_asked_for_is_a_question(target: Target, signed_in: Browser, by: str) -> None:
    """F10: a picture, a link or a form of another site, with and without a hint of nobody's.

    Red when `_decide` ends the session without a hint of this very session.
    """
    for wish in ({}, {"id_token_hint": "forged"}, {"client_id": SINGLE}, {"logout_hint": target.person.phone}):
        query = f"/logout?{httpx.QueryParams(wish)}"
        answer = signed_in.get(query) if by == "get" else signed_in.post("/logout", wish)
        signed_in.follow(answer)
        assert "logout-confirm" in signed_in.page.ids, wish
    assert _still_works(signed_in)


def test_only_the_person_ends_the_session(target: Target) -> None:
    """The forms above are real ones: sent as their person sends them, they act. Red when nothing ever signs out."""
    browser = target.browser()
    browser.follow(browser.sign_in(target.person))
    browser.get("/logout")
    target.expects(Action.SIGNED_OUT)
    browser.submit(action="confirm")
    assert not _still_works(browser)


def _token(browser: Browser, path: str) -> str:
    """The token of the form that goes to this path, from the page that shows it."""
    shown = path.removesuffix("/resend")
    browser.get(f"{shown}?again=1")  # so that the first page stays, though somebody is signed in
    return next(form.hidden["csrf"] for form in browser.page.forms if form.hidden.get("csrf"))
