"""O01, and assertion 2 for all doors: twenty at once over two processes, and no door without its line in the table."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

from idp.events import Action
from tests.attacks.answers import error_of, gives_session
from tests.attacks.clients import REDIRECT, SECRET, WEB
from tests.attacks.doors import PLAIN_PAGES, endpoints
from tests.attacks.rig import VERIFIER, Browser, Target, authorization_url
from tests.attacks.traces import DOORS
from tests.specs.form_browser import SANDBOX_CODE

AT_ONCE = 20


def test_of_twenty_redemptions_at_most_one_succeeds_and_nothing_of_it_lives(target: Target, signed_in: Browser) -> None:
    """The replay is seen, so what the winner got is revoked, and one event says so.

    Red when `redeem` inserts without its UNIQUE origin, or a lost race is not taken for a replay.
    """
    code = signed_in.code()
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    credentials = {"client_id": WEB, "client_secret": SECRET}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(signed_in.http.post, "/token", data=fields | credentials) for _ in range(AT_ONCE)]
    answers = [target.check(each.result()) for each in asked]
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {error_of(answer) for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    target.expects(Action.CODE_REPLAYED, "invalid_grant")
    target.log.keep_out(*(won[0][f"{kind}_token"] for kind in ("access", "refresh", "id")))
    assert signed_in.userinfo(won[0]["access_token"]).status_code == 401
    assert error_of(signed_in.refresh(won[0]["refresh_token"])) == "invalid_grant"


def test_of_five_message_codes_at_once_one_signs_in(target: Target) -> None:
    """O02: the same right code five times, which is as often as it may be tried. Red when `check` reads and deletes."""
    browser = target.browser()
    browser.open(authorization_url(prompt="login"))
    browser.name(target.idp.new_person().phone, way="code")
    form = browser.page.forms[0]
    fields = {**form.hidden, "code": SANDBOX_CODE}
    with ThreadPoolExecutor(5) as threads:
        asked = [threads.submit(browser.http.post, urljoin(browser.here, form.action), data=fields) for _ in range(5)]
    answers = [target.check(each.result(), may_sign_in=True) for each in asked]
    assert sum(map(gives_session, answers)) == 1
    target.excuses(Action.SIGN_IN_REFUSED, "how many of the others were too late to be a try is chance")


def test_every_door_says_what_it_leaves(browser: Browser) -> None:
    """Red when an endpoint is announced, or a page served, and nobody wrote down what its refusals leave behind."""
    for path in (*endpoints(browser), *PLAIN_PAGES):
        begins = "/" + path[1:].partition("/")[0]
        assert begins in DOORS, path
        door = DOORS[begins]
        assert door.refused is not None or door.why_none, path


def test_both_processes_serve(target: Target, browser: Browser) -> None:
    """What one of them kept to itself would be missed by the next request. Red when the front has one server behind it."""
    access_log, _, _ = target.idp.other_logs
    for _ in range(4):
        browser.get("/jwks")
    served = "\n".join(target.log.new_lines(access_log))
    assert all(f"127.0.0.1:{port} " in served for port in target.idp.ports)
    assert len(target.idp.ports) == 2
