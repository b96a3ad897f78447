"""D01 to D08 and D10: what is refreshed, called back, looked into and shown, and by whom."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from idp.events import Action
from idp.model.account import AccountStatus
from tests.attacks.answers import error_of
from tests.attacks.clients import EVIL, NATIVE, READING, SECRET, WEB
from tests.attacks.rig import Browser, Target, authorization_url

AT_ONCE = 20


def test_twenty_refreshes_at_once_have_one_successor(target: Target, signed_in: Browser) -> None:
    """D01 and D02, over two processes: the same successor for all, and the family lives.

    Red when `advance` is a read and a write, or the successor is random.
    """
    tokens = signed_in.tokens()
    fields = {"grant_type": "refresh_token", "client_id": WEB, "client_secret": SECRET}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(
            threads.map(
                lambda _: signed_in.http.post("/token", data=fields | {"refresh_token": tokens["refresh_token"]}),
                range(AT_ONCE),
            )
        )
    for answer in answers:
        target.check(answer)
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    assert len(successors) == 1
    target.log.keep_out(*successors, *(answer.json()["access_token"] for answer in answers))
    assert signed_in.refresh(successors.pop()).status_code == 200


def test_a_token_of_two_generations_ago_kills_the_family(target: Target, signed_in: Browser) -> None:
    """D01. Red when only the last exchange is compared, or what was issued meanwhile lives on."""
    first = signed_in.tokens()
    second = signed_in.refresh(first["refresh_token"]).json()
    third = signed_in.refresh(second["refresh_token"]).json()
    target.expects(Action.REFRESH_REPLAYED, "invalid_grant")
    assert error_of(signed_in.refresh(first["refresh_token"])) == "invalid_grant"
    assert error_of(signed_in.refresh(third["refresh_token"])) == "invalid_grant"
    assert signed_in.userinfo(third["access_token"]).status_code == 401


@pytest.mark.parametrize("client_id", [EVIL, READING, NATIVE])
def test_a_stranger_refreshes_calls_back_and_sees_nothing(target: Target, signed_in: Browser, client_id: str) -> None:
    """D04, D07, D08: with its own good credentials, and the owner notices nothing.

    Red when the client of a token is not compared, or a refusal differs from that of garbage.
    """
    tokens = signed_in.tokens()
    # The public client did not register the grant, and hears that before anybody looks at the token.
    refusal = "unauthorized_client" if client_id == NATIVE else "invalid_grant"
    assert error_of(signed_in.refresh(tokens["refresh_token"], client_id)) == refusal
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert _told(signed_in.revoke(token, client_id)) == _told(signed_in.revoke("garbage", client_id))
        assert _told(signed_in.introspect(token, client_id)) == _told(signed_in.introspect("garbage", client_id))
    assert signed_in.introspect(tokens["access_token"]).json()["active"] is True
    assert signed_in.userinfo(tokens["access_token"]).status_code == 200
    assert signed_in.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("scope", ["openid profile phone", "openid admin", "phone", "offline_access"])
def test_a_refresh_never_widens(target: Target, signed_in: Browser, scope: str) -> None:
    """D04. Red when the scope asked for is compared with the registered one instead of the granted one."""
    tokens = signed_in.tokens()
    with target.counts(Action.TOKEN_REFUSED, "invalid_scope"):
        assert error_of(signed_in.refresh(tokens["refresh_token"], scope=scope)) == "invalid_scope"
    assert signed_in.refresh(tokens["refresh_token"]).json()["scope"] == tokens["scope"]


def test_nothing_of_a_family_works_once_it_was_called_back(target: Target, signed_in: Browser) -> None:
    """D06. Red when a revocation answers before it has committed, or takes one token of the family only."""
    first = signed_in.tokens()
    second = signed_in.refresh(first["refresh_token"]).json()
    target.expects(Action.TOKEN_REVOKED)
    assert signed_in.revoke(second["refresh_token"]).status_code == 200
    for token in (first["access_token"], second["access_token"]):
        assert signed_in.userinfo(token).status_code == 401
        assert signed_in.introspect(token).json() == {"active": False}
    for token in (first["refresh_token"], second["refresh_token"]):
        assert error_of(signed_in.refresh(token)) == "invalid_grant"


def test_a_revocation_that_races_a_refresh_wins(target: Target, signed_in: Browser) -> None:
    """D06, ten times: whatever the refresh brought, nothing of it works after the 200 of the revocation.

    Red when the refresh does not look at the family again, or the two do not meet in one row.
    """
    for _ in range(10):
        tokens = signed_in.tokens()
        with ThreadPoolExecutor(2) as threads:
            refreshed = threads.submit(_refresh_raw, signed_in, tokens["refresh_token"])
            revoked = threads.submit(_revoke_raw, signed_in, tokens["refresh_token"])
        target.expects(Action.TOKEN_REVOKED)
        assert target.check(revoked.result()).status_code == 200
        answer = target.check(refreshed.result())
        told = answer.json() if answer.status_code == 200 else tokens
        target.log.keep_out(told["access_token"], told["refresh_token"])
        assert signed_in.userinfo(told["access_token"]).status_code == 401
        assert error_of(signed_in.refresh(told["refresh_token"])) == "invalid_grant"


def test_a_person_who_is_stopped_gets_nothing_more(target: Target) -> None:
    """D03 and D10, one row of the gate: all others are in the tests of the grants.

    Red when a grant does not ask `subject_that_may_have_tokens`, or userinfo believes the token alone.
    """
    person = target.idp.new_person()
    browser = target.browser()
    browser.follow(browser.sign_in(person))
    tokens, code = browser.tokens(), browser.code()
    services = target.idp.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.accounts.move(person.account_id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
        unit_of_work.commit()
    assert error_of(browser.redeem(code)) == "invalid_grant"
    assert error_of(browser.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert browser.userinfo(tokens["access_token"]).status_code == 401
    assert browser.introspect(tokens["access_token"]).json() == {"active": False}
    assert "code" not in browser.open(authorization_url(prompt="none")).headers["location"].partition("&state")[0]


def test_a_bearer_travels_in_the_header_or_in_a_body(target: Target, signed_in: Browser) -> None:
    """D10, RFC 6750 §2.3. Red when a token in the address is read; and no origin may read with credentials."""
    token = signed_in.tokens()["access_token"]
    address = f"/userinfo?{httpx.QueryParams({'access_token': 'x' * 20})}"
    assert signed_in.get(address).status_code == 401
    answer = signed_in.get("/userinfo", Authorization=f"Bearer {token}", Origin="https://evil.test")
    assert answer.status_code == 200
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers.get("access-control-allow-origin") != "https://evil.test"


def _told(answer: httpx.Response) -> tuple[int, bytes]:
    return answer.status_code, answer.content


def _refresh_raw(browser: Browser, token: str) -> httpx.Response:
    fields = {"grant_type": "refresh_token", "refresh_token": token, "client_id": WEB, "client_secret": SECRET}
    return browser.http.post("/token", data=fields)


def _revoke_raw(browser: Browser, token: str) -> httpx.Response:
    return browser.http.post("/revoke", data={"token": token, "client_id": WEB, "client_secret": SECRET})
