"""A10: after a sign-out nobody is sent to an address that was not registered for it, whatever hint comes along."""

from typing import Any

import httpx
import pytest

from idp.events import Action
from tests.attacks.redirect_uris import HOSTILE, label
from tests.attacks.rig import EVIL, READING, WEB, Browser, Target

BYE = "https://rp.test/bye"
WRONG = (*(uri.replace("/cb", "/bye") for uri in HOSTILE), "https://rp.test/cb", "JaVaScRiPt:alert(1)", "javascript:x")


@pytest.fixture
def genuine(signed_in: Browser) -> str:
    """An id_token of the session of this browser."""
    return str(signed_in.tokens()["id_token"])


def asked(browser: Browser, **wish: Any) -> httpx.Response:
    """A sign-out by GET, in a browser that has no session any more."""
    return browser.get(f"/logout?{httpx.QueryParams(wish)}")


@pytest.mark.parametrize("address", [uri for uri in dict.fromkeys(WRONG) if uri != BYE], ids=label)
def test_only_the_registered_string_is_followed(target: Target, genuine: str, address: str) -> None:
    """With a hint that is genuine. Red when `_back` compares beginnings, or anything but strings."""
    target.expects(Action.SIGN_OUT_REFUSED, "invalid_request", 0)
    answer = asked(target.browser(), id_token_hint=genuine, post_logout_redirect_uri=address, state="s")
    assert "location" not in answer.headers
    assert answer.status_code in {200, 400, 414}


HINTS = ("", "forged", "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "..")


@pytest.mark.parametrize("hint", HINTS)
def test_without_a_hint_of_ours_nobody_is_sent_anywhere(target: Target, signed_in: Browser, hint: str) -> None:
    """Registered or not; the person who is signed in is asked. Red when the address alone is believed, or client_id."""
    for wish in ({"post_logout_redirect_uri": BYE}, {"post_logout_redirect_uri": BYE, "client_id": WEB}):
        for browser in (signed_in, target.browser()):
            answer = asked(browser, id_token_hint=hint, **wish)
            assert answer.status_code == 200
            assert "location" not in answer.headers
    signed_in.get("/logout")
    assert "logout-confirm" in signed_in.page.ids


@pytest.mark.parametrize("client_id", [EVIL, READING, "nobody", "é"])
def test_a_hint_is_for_the_app_it_was_issued_to(target: Target, genuine: str, client_id: str) -> None:
    """RP-Initiated Logout §2. Red when `_issued_to` does not compare the two."""
    answer = asked(target.browser(), id_token_hint=genuine, client_id=client_id, post_logout_redirect_uri=BYE)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_the_hint_of_another_app_opens_its_own_addresses_only(target: Target, signed_in: Browser) -> None:
    """Red when an address is looked for among those of all clients."""
    other = str(signed_in.tokens(READING)["id_token"])
    answer = asked(target.browser(), id_token_hint=other, post_logout_redirect_uri=BYE)
    assert answer.status_code == 200
    assert "location" not in answer.headers


def test_the_registered_address_is_followed(target: Target, genuine: str) -> None:
    """Otherwise the tables above prove nothing. Red when nobody is ever sent back."""
    answer = asked(target.browser(), id_token_hint=genuine, post_logout_redirect_uri=BYE, state="a b&c")
    assert answer.headers["location"] == f"{BYE}?state=a+b%26c"
