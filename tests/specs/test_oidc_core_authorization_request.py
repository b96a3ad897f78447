"""OpenID Connect Core §3.1.2 and RFC 6749 §3.1, §4.1: which requests are understood, and where each refusal is told."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty

Changes = dict[str, str | None]
UNMET = "unmet_authentication_requirements"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"nonce": None},
        {"state": None},
        {"scope": "profile openid"},
        {"scope": "openid unheard_of"},
        {"unknown": "parameter", "client_secret": "ignored"},
        {"response_mode": "query"},
        {"display": "popup"},
        {"display": "touch"},
        {"ui_locales": "en zh-CN xx"},
        {"claims_locales": "en"},
        {"login_hint": "13800000001"},
        {"acr_values": "urn:yizheng:level:3 urn:mace:incommon:iap:silver"},
        {"claims": '{"userinfo":{"name":{"essential":true}},"id_token":{"acr":null}}'},
        {"max_age": "3600"},
        {"nonce": "n" * 384, "state": "s" * 500},
        {"state": "a b&c=d%20+é/?#"},
    ],
    ids=str,
)
def test_a_good_request_brings_a_code(signed_in: FormBrowser, library: RelyingParty, changes: Changes) -> None:
    """Optional and unknown parameters break nothing; `state` comes back as it was sent, and only if it was."""
    question = library.ask(changes)
    page = signed_in.get(question.address)
    assert "code" in page.answer, page.address
    assert page.answer.get("state") == changes.get("state", question.state)
    _, claims = library.read(library.tokens(page, question)["id_token"])
    assert claims.get("nonce") == changes.get("nonce", question.nonce)


def test_the_order_of_parameters_does_not_matter(signed_in: FormBrowser, library: RelyingParty) -> None:
    pairs = parse_qsl(urlsplit(library.ask().address).query)
    assert "code" in signed_in.get("/authorize?" + urlencode(pairs[::-1])).answer


def test_a_request_may_come_by_post(signed_in: FormBrowser, library: RelyingParty) -> None:
    """Core §3.1.2.1. Mutation: answer a POST without the redirect that lets a Lax cookie come along."""
    question = library.ask()
    page = signed_in.post("/authorize", dict(parse_qsl(urlsplit(question.address).query)))
    assert page.answer["state"] == question.state
    assert library.redeem(page, question).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unsupported_response_type"),
        ({"response_mode": "web_message"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "whatever"}, "invalid_request"),
        ({"prompt": "create none"}, "invalid_request"),
        ({"id_token_hint": "not.a.token"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"scope": "unheard_of"}, "invalid_scope"),
        ({"nonce": "n" * 4000}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"value":"urn:yizheng:level:5"}}}'}, UNMET),
        ({"claims": '{"id_token":{"acr":{"essential":true,"value":"urn:other"}}}'}, UNMET),
    ],
    ids=str,
)
def test_a_bad_request_is_told_at_the_redirect_uri(
    signed_in: FormBrowser, library: RelyingParty, changes: Changes, error: str
) -> None:
    """RFC 6749 §4.1.2.1: in the query, with `state`, and nothing but the standard's own parameters.

    Whoever asks for tokens at once is told in the fragment (§4.2.2.1).
    """
    question = library.ask(changes)
    page = signed_in.get(question.address)
    wants_tokens = {"token", "id_token"} & set((changes.get("response_type") or "").split())
    mark, other = ("#", "?") if wants_tokens else ("?", "#")
    assert page.address.startswith(library.redirect_uri + mark)
    assert other not in page.address.removeprefix(library.redirect_uri + mark)
    assert set(page.answer) == {"error", "error_description", "state", "iss"}
    assert (page.answer["error"], page.answer["state"]) == (error, question.state)
    assert re.fullmatch(r"[ !#-\[\]-~]+", page.answer["error_description"])


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": ""},
        {"client_id": "nobody"},
        {"redirect_uri": None},
        {"redirect_uri": ""},
        {"redirect_uri": "http://localhost:8002/"},
        {"redirect_uri": "http://localhost:8002/callback/"},
        {"redirect_uri": "http://localhost:8002/callback?added=1"},
        {"redirect_uri": "http://localhost:8002/callback#fragment"},
        {"redirect_uri": "http://localhost:8003/callback"},
        {"redirect_uri": "https://localhost:8002/callback"},
        {"redirect_uri": "http://localhost:8001/callback"},
        {"redirect_uri": "https://evil.test/callback"},
    ],
    ids=str,
)
def test_nobody_is_sent_to_an_unproven_address(signed_in: FormBrowser, library: RelyingParty, changes: Changes) -> None:
    """RFC 9700 §4.1.3: an error page of ours whose text repeats nothing. Mutation: compare prefixes instead of strings."""
    page = signed_in.get(library.ask(changes).address)
    assert page.status == 400
    assert page.address.startswith(library.issuer)
    assert page.text("oidc-error").startswith("invalid_request")
    assert "evil" not in re.sub(r"<[^>]*>", "", page.html)


def test_a_registered_query_is_kept(signed_in: FormBrowser, register: Callable[..., RelyingParty]) -> None:
    """RFC 6749 §3.1.2: kept byte for byte, ours added behind it; a changed one is another address."""
    address = "http://localhost:8002/callback?office=7&name=%E4%B8%80"
    app = register(redirect_uris=[address])
    question = app.ask()
    page = signed_in.get(question.address)
    assert page.address.startswith(address + "&code=")
    assert "id_token" in app.tokens(page, question)
    assert signed_in.get(app.ask({"redirect_uri": address.replace("7", "8")}).address).status == 400


def test_a_native_app_may_listen_on_any_port(signed_in: FormBrowser, city_app: RelyingParty) -> None:
    """RFC 8252 §7.3, §8.3: the port is free, nothing else is; `localhost` is not one of the addresses."""
    for port in (1024, 8002, 65535):
        page = signed_in.get(city_app.ask({"redirect_uri": f"http://127.0.0.1:{port}/callback"}).address)
        assert not page.has("oidc-error"), port
    for address in ("http://localhost:9/callback", "http://127.0.0.1:9/other", "http://127.0.0.1:65536/callback"):
        assert signed_in.get(city_app.ask({"redirect_uri": address}).address).status == 400


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "nonce", "code_challenge", "prompt"])
def test_a_parameter_that_stands_twice_is_refused(signed_in: FormBrowser, library: RelyingParty, name: str) -> None:
    """RFC 6749 §3.1. Mutation: take the last value."""
    question = library.ask({"prompt": "login"})
    value = dict(parse_qsl(urlsplit(question.address).query))[name]
    page = signed_in.get(f"{question.address}&{name}={quote(value)}")
    error = page.text("oidc-error") if page.address.startswith(library.issuer) else page.answer["error"]
    assert error.startswith("invalid_request")


def test_an_answer_is_not_kept_and_tells_no_referrer(signed_in: FormBrowser, library: RelyingParty) -> None:
    """RFC 9700 §4.2.4: the code stands in the address of the next page only."""
    page = signed_in.get(library.ask().address)
    assert page.status == 303
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize(
    ("ui_locales", "language"), [("fr en", "en"), ("en-GB", "en"), ("zh", "zh-CN"), ("fr", "zh-CN"), (None, "zh-CN")]
)
def test_the_page_speaks_the_language_that_the_app_asks_for(
    browser: FormBrowser, library: RelyingParty, ui_locales: str | None, language: str
) -> None:
    """§3.1.2.1. Mutation: announce `ui_locales_supported` and look at the browser's wish alone."""
    page = browser.get(library.ask({"ui_locales": ui_locales}).address)
    assert f'<html lang="{language}"' in page.html


def test_a_post_that_no_address_can_carry_is_told_so(library: RelyingParty, browser: FormBrowser) -> None:
    """§3.1.2.1: by POST, too, a request goes on as an address; more than 16 KiB of it is refused in clear words."""
    page = browser.post("/authorize", {"client_id": library.client_id, "unknown": "x" * 17_000})
    assert page.status == 413
    assert "too long" in page.text("oidc-error")


def test_each_app_speaks_its_own_language_until_the_person_chooses(
    library: RelyingParty, housing_fund: RelyingParty, browser: FormBrowser
) -> None:
    """§3.1.2.1 `ui_locales`. Mutation: the first app's wish is remembered as the person's own."""
    for app, wish, language in ((library, "en", "en"), (housing_fund, "zh-CN", "zh-CN"), (library, "fr en-GB", "en")):
        assert f'<html lang="{language}"' in browser.get(app.ask({"ui_locales": wish}).address).html
    assert '<html lang="zh-CN"' in browser.get(housing_fund.ask().address).html
    browser.get("/display?lang=zh-CN")
    assert '<html lang="zh-CN"' in browser.get(library.ask({"ui_locales": "en"}).address).html
