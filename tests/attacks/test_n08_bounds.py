"""N08: long lists cost nothing, and nothing that a request names makes the server remember more."""

import json
import time
import urllib.request

import pytest

from tests.attacks.processes import resident_megabytes
from tests.attacks.rig import Browser, Target, authorization_parameters, authorization_url

SECONDS = 0.1
LONG: dict[str, dict[str, str]] = {
    "scope-of-50000": {"scope": "openid " + "a " * 50_000},
    "scope-of-2000": {"scope": "openid " + " ".join(f"s{number}" for number in range(2000))},
    "scope-of-one-long-word": {"scope": "openid " + "a" * 12_000},
    "same-scope-again": {"scope": "openid " * 2000},
    "ui_locales": {"ui_locales": " ".join(f"x{number}" for number in range(2000))},
    "acr_values": {"acr_values": "urn:yizheng:level:1 " * 700},
    "prompt": {"prompt": "login consent " * 1000},
    "prompts-nobody-knows": {"prompt": " ".join(f"p{number}" for number in range(2000))},
    "claims-of-a-megabyte": {"claims": json.dumps({"userinfo": {"x": "x" * 1_000_000}})},
    "claims-of-many": {"claims": json.dumps({"userinfo": {f"c{number}": {} for number in range(1000)}})},
    "max_age": {"max_age": "9" * 12_000},
    "login_hint": {"login_hint": "1" * 12_000},
    "state": {"state": "s" * 12_000},
    "nonce": {"nonce": "n" * 12_000},
    "challenge": {"code_challenge": "c" * 12_000},
    "redirect": {"redirect_uri": "https://rp.test/cb" + "[" * 12_000},
    "client": {"client_id": "c" * 12_000},
    "unknown": {f"unknown{number}": "x" for number in range(2000)},
}


@pytest.fixture
def target(bare_target: Target) -> Target:
    """The server itself: times and memory of our own processes, without a front that has its own."""
    return bare_target


@pytest.mark.alone
@pytest.mark.parametrize("kind", LONG)
def test_a_long_list_costs_nothing(target: Target, kind: str) -> None:
    """By GET and by POST, each in less than a tenth of a second; the best of five, since the machine has other work.

    Red when `MAX_QUERY`, `MAX_TEXT` or `MAX_PARAMETERS` goes and something behind them is not linear.
    """
    browser = target.browser()
    parameters = authorization_parameters() | LONG[kind]

    def once() -> float:
        begun = time.perf_counter()
        if sum(map(len, parameters.values())) < 60_000:
            browser.get(authorization_url(**parameters))
        browser.post("/authorize", parameters)
        return time.perf_counter() - begun

    assert min(once() for _ in range(5)) < 2 * SECONDS


def test_long_lists_are_refused_or_shortened(target: Target, browser: Browser) -> None:
    """Red when a list is carried as long as it came: the handle of the interaction then grows with it."""
    short = browser.get(authorization_url()).headers["location"]
    for name in ("scope-of-2000", "same-scope-again"):
        long = browser.get(authorization_url(**LONG[name])).headers["location"]
        assert len(long) <= len(short), name
    for changes in ({"ui_locales": "en zh-CN " * 200}, {"acr_values": "urn:yizheng:level:1 " * 100}):
        assert len(browser.get(authorization_url(**changes)).headers["location"]) < len(short) + 400


def test_nothing_named_from_outside_is_remembered(target: Target, browser: Browser) -> None:
    """Hundreds of requests with new names in every place where a cache or a metric might keep them.

    Red when a metric is labelled with the path or the method that came, or a language is loaded by the name that came.
    """
    for number in range(100):
        _unheard_of(browser, number)
    labels, megabytes = _metrics(target), resident_megabytes(target.idp)
    for number in range(100, 600):
        _unheard_of(browser, number)
    assert _metrics(target) < labels + 20, "a process may have had its first request; nothing grows with the names"
    assert resident_megabytes(target.idp) - megabytes < 8


def _unheard_of(browser: Browser, number: int) -> None:
    headers = {
        "Accept-Language": f"x{number},y{number};q=0.5",
        "User-Agent": f"agent-{number}",
        "Accept": f"a/{number}",
    }
    name = f"n{number}"
    match number % 5:
        case 0:
            browser.get(authorization_url(client_id=name), **headers)
        case 1:
            browser.get(f"/{name}/{name}?lang={name}", **headers)
        case 2:
            browser.get(authorization_url(scope=f"openid {name}", ui_locales=name, acr_values=name), **headers)
        case 3:
            browser.target.check(browser.http.post("/token", data={"grant_type": name, "code": name}, headers=headers))
        case _:
            browser.target.check(browser.http.request(f"M{number}", f"/s/{name}", headers=headers))


def _metrics(target: Target) -> int:
    with urllib.request.urlopen(f"{target.idp.management}/metrics", timeout=5) as answer:
        return len([line for line in answer.read().decode().splitlines() if "_bucket" not in line])
