"""OpenID Connect Front-Channel Logout 1.0: the apps of a session hear of its end in the browser; requirement 31."""

import re
from collections.abc import Callable
from html import unescape
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from idp.errors import Refused
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import RelyingParty

Register = Callable[..., RelyingParty]
NewApp = Callable[..., RelyingParty]
_numbers = count(1)


@pytest.fixture
def new_app(register: Register) -> NewApp:
    """An app at an origin of its own that hears of sign-outs in the browser."""

    def app(address: str | None = "/out", **changes: Any) -> RelyingParty:
        origin = f"https://app-{next(_numbers)}.example"
        registered = {} if address is None else {"frontchannel_logout_uri": origin + address}
        return register(
            **{
                "redirect_uris": [f"{origin}/callback"],
                "post_logout_redirect_uris": [f"{origin}/signed-out"],
                "client_uri": f"{origin}/",
                "initiate_login_uri": None,
                **registered,
                **changes,
            }
        )

    return app


def signed_in(browser: FormBrowser, app: RelyingParty, person: Person) -> tuple[str, str]:
    """The id_token of a sign-in at this app, and its `sid`."""
    question = app.ask()
    id_token = app.tokens(browser.go_through(question.address, person), question)["id_token"]
    return id_token, str(app.read(id_token)[1]["sid"])


def sign_out(browser: FormBrowser) -> Page:
    return browser.press(browser.get("/logout"), {"id": "logout-confirm"})


def frames(page: Page) -> list[str]:
    """The addresses of the frames, each hidden, without a referrer, and without a way to lead the page elsewhere."""
    tags = re.findall(r"<iframe [^>]*>", page.html)
    for tag in tags:
        assert " hidden" in tag
        assert 'referrerpolicy="no-referrer"' in tag
        assert 'sandbox="allow-scripts allow-same-origin"' in tag
    return [unescape(re.search(r'src="([^"]*)"', tag)[1]) for tag in tags]  # type: ignore[index]


def frame_sources(page: Page) -> list[str]:
    """What the policy lets frames show."""
    found = re.search(r"frame-src ([^;]*)", page.headers["content-security-policy"])
    return found[1].split() if found else []


def told(address: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_discovery_says_so(library: RelyingParty) -> None:
    """§3."""
    document = library.http.get(f"{library.issuer}/.well-known/openid-configuration").json()
    assert document["frontchannel_logout_supported"] is True
    assert document["frontchannel_logout_session_supported"] is True


def test_requirement_31_each_app_of_the_session_is_loaded_with_iss_and_sid(
    new_app: NewApp, browser: FormBrowser, person: Person
) -> None:
    """§2, §3. Mutations: the first app alone; `sid` only where it is required; a registered query lost."""
    apps = [
        new_app(),
        new_app("/out?from=yizheng&x", frontchannel_logout_session_required=True),
        new_app(None),
        new_app("/out"),
    ]
    sids = {signed_in(browser, app, person)[1] for app in apps}
    (sid,) = sids
    page = sign_out(browser)
    assert page.has("logged-out")
    addresses = frames(page)
    assert [each.partition("?")[0] for each in addresses] == [
        app.metadata["frontchannel_logout_uri"].partition("?")[0] for app in apps if app is not apps[2]
    ]
    plain = {"iss": apps[0].issuer, "sid": sid}
    assert [told(each) for each in addresses] == [plain, {"from": "yizheng", "x": "", **plain}, plain]
    assert "out?from=yizheng&x&iss=" in addresses[1]


def test_the_policy_names_exactly_these_origins(new_app: NewApp, browser: FormBrowser, person: Person) -> None:
    """Threat F06. Mutations: `frame-src *`; whole addresses; the origins of all registered apps."""
    stranger, first, second = new_app(), new_app(), new_app("/out?a=1;b='*'")
    for app in (first, second):
        signed_in(browser, app, person)
    page = sign_out(browser)
    origins = [app.metadata["redirect_uris"][0].removesuffix("/callback") for app in (first, second)]
    assert frame_sources(page) == origins
    assert stranger.metadata["frontchannel_logout_uri"] not in page.html
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-frame-options"] == "DENY"


def test_only_apps_of_this_session_hear(
    idp_sqlite: RunningIdp, new_app: NewApp, browser: FormBrowser, person: Person
) -> None:
    """Mutations: the apps of the person's other sessions; those of the one before on this browser."""
    before, here, elsewhere = new_app(), new_app(), new_app()
    signed_in(browser, before, person)
    sign_out(browser)
    with FormBrowser(idp_sqlite.issuer) as other:
        signed_in(other, elsewhere, person)
        signed_in(browser, here, person)
        (address,) = frames(sign_out(browser))
        assert address.startswith(here.metadata["frontchannel_logout_uri"])


@pytest.mark.parametrize("state", [None, "a b/é&"])
def test_on_the_way_back_to_the_app_the_frames_are_loaded_first(
    new_app: NewApp, browser: FormBrowser, person: Person, state: str | None
) -> None:
    """RP-Initiated Logout §2, §3. Mutation: a redirect at once, which is gone before a frame has loaded.

    Without scripts a link leads on; nothing is loaded anew by itself (WCAG 2.2.1).
    """
    app, other = new_app(None), new_app()
    id_token, sid = signed_in(browser, app, person)
    signed_in(browser, other, person)
    back = app.metadata["post_logout_redirect_uris"][0]
    asked = {"id_token_hint": id_token, "post_logout_redirect_uri": back} | ({} if state is None else {"state": state})
    page = browser.get("/logout?" + urlencode(asked))
    assert (page.status, page.has("logged-out")) == (200, True)
    assert [told(each) for each in frames(page)] == [{"iss": app.issuer, "sid": sid}]
    assert "http-equiv" not in page.html
    link = re.search(r'<a [^>]*id="continue" href="([^"]*)" data-go-on>', page.html)
    assert link
    assert unescape(link[1]) == back + ("" if state is None else "?state=a+b%2F%C3%A9%26")
    assert app.metadata["client_name"] in page.text("continue")
    assert "go-on" in page.html
    again = browser.get("/logout?" + urlencode(asked))
    assert again.address == unescape(link[1]), "nothing ended any more, so nobody is told"


def test_who_has_no_app_to_tell_goes_back_at_once(new_app: NewApp, browser: FormBrowser, person: Person) -> None:
    """Mutation: everybody waits."""
    app = new_app(None)
    id_token, _ = signed_in(browser, app, person)
    back = app.metadata["post_logout_redirect_uris"][0]
    page = browser.get("/logout?" + urlencode({"id_token_hint": id_token, "post_logout_redirect_uri": back}))
    assert (page.address, page.status) == (back, 303)


def test_while_nothing_has_ended_nobody_is_told(
    idp_sqlite: RunningIdp, new_app: NewApp, browser: FormBrowser, person: Person
) -> None:
    """Mutations: frames on the question, after "stay", or for whoever opens the page."""
    signed_in(browser, new_app(), person)
    question = browser.get("/logout")
    stopped = browser.press(question, {"value": "stay"})
    with FormBrowser(idp_sqlite.issuer) as stranger:
        pages = [question, stopped, browser.get("/signed-out"), stranger.get("/signed-out"), stranger.get("/logout")]
    for page in pages:
        assert frames(page) == frame_sources(page) == []


def test_they_are_loaded_once(idp_sqlite: RunningIdp, new_app: NewApp, browser: FormBrowser, person: Person) -> None:
    """Mutations: again with each look at what back-channel logout has come to; for whoever uses the computer next."""
    signed_in(browser, new_app(), person)
    assert len(frames(sign_out(browser))) == 1
    for look in ("1", "8", "x"):
        assert frames(browser.get(f"/signed-out?look={look}")) == []
    signed_in(browser, new_app(None), idp_sqlite.new_person())
    assert frames(browser.get("/signed-out")) == []


def test_out_of_everywhere_tells_the_apps_of_this_browser(
    new_app: NewApp, browser: FormBrowser, person: Person
) -> None:
    """The account's own page. Mutation: it forgets which session it ended."""
    app = new_app()
    _, sid = signed_in(browser, app, person)
    page = browser.press(browser.get("/me/devices"), {"id": "sign-out-all"})
    assert page.has("logged-out")
    assert [told(each) for each in frames(page)] == [{"iss": app.issuer, "sid": sid}]


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/out",
        "https://app.example:8443/out",
        "https://app.example.evil.example/out",
        "https://sub.app.example/out",
        "http://localhost/out",
        "https://app.example@evil.example/out",
        "https://app.example;frame-src/out",
        "https://app.example/out#x",
        "http://app.example/out",
        "https://*/out",
        "javascript:alert(1)",
        "com.example.app:/out",
        "//app.example/out",
    ],
)
def test_an_address_of_another_origin_is_refused(register: Register, address: str) -> None:
    """§2: scheme, host and port of a redirect URI. Mutations: the host alone; a prefix."""
    with pytest.raises(Refused, match="frontchannel_logout_uri"):
        register(redirect_uris=["https://app.example/callback"], frontchannel_logout_uri=address)


@pytest.mark.parametrize(
    ("redirect_uri", "address"),
    [
        ("https://app.example/callback", "https://app.example:443/out?a=1"),
        ("https://app.example:443/callback", "https://APP.example/out"),
        ("http://localhost:8001/callback", "http://localhost:8001/out"),
        ("http://127.0.0.1:80/callback", "http://127.0.0.1/out"),
    ],
)
def test_an_address_of_its_own_origin_is_good(register: Register, redirect_uri: str, address: str) -> None:
    app = register(redirect_uris=[redirect_uri], frontchannel_logout_uri=address)
    assert app.metadata["frontchannel_logout_uri"] == address


def test_a_wish_for_sid_needs_an_address(register: Register) -> None:
    with pytest.raises(Refused, match="frontchannel_logout_session_required: needs"):
        register(frontchannel_logout_session_required=True)
