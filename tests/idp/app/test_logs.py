"""Logs: one JSON object a line with the request's id, quiet libraries, and nothing personal in a whole sign-in."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import structlog

from idp.app.logs import configure_logging
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty

ROOT = Path(__file__).resolve().parents[3]


def printed(log_format: str) -> list[str]:
    command = [sys.executable, "-m", "tests.idp.app.loud_library", log_format]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_every_line_is_one_json_object_with_the_requests_id() -> None:
    """Mutation: a library's lines, or a traceback's, in another format."""
    lines = [json.loads(line) for line in printed("json")]
    assert [line["event"] for line in lines] == [
        "refused",
        "something is odd",
        "Started worker-1",
        "endpoint_failed",
    ]
    assert len({line["request_id"] for line in lines}) == 1
    for line in lines:
        assert line["ts"].endswith("Z")
        assert line["level"] in {"info", "warning", "error"}
    assert lines[0]["city"] == "云江市"
    assert "two\nlines" in lines[-1]["exception"]


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_authlib_prints_no_token_whatever_the_level_is(log_format: str) -> None:
    """Mutation: `authlib` left out of QUIET; its DEBUG lines hold whole token responses (facts/authlib.md)."""
    assert "hunter2" not in "".join(printed(log_format))


def test_a_whole_sign_in_leaves_ids_and_outcomes_and_nothing_personal(idp_sqlite: RunningIdp) -> None:
    """Mutations: the query or the form in a line; the address; a refusal's own words with the request in them."""
    person = idp_sqlite.new_person(password="a pass phrase seen nowhere else")
    begins = len(idp_sqlite.logs())
    app = idp_sqlite.client("housing-fund")
    with FormBrowser(idp_sqlite.issuer) as browser, RelyingParty(idp_sqlite, app) as party:
        question = party.ask()
        page = browser.press(browser.get(question.address), {"name": "way", "value": "password"}, username=person.phone)
        page = browser.press(page, {"id": "sign-in"}, password="a wrong pass phrase")
        page = browser.press(page, {"id": "sign-in"}, password=person.password)
        if page.has("consent-allow"):
            page = browser.press(page, {"id": "consent-allow"})
        tokens = party.tokens(page, question)
        assert party.redeem(page, question).status_code == 400
        assert party.userinfo("7.secret-of-nobody").status_code == 401
        assert browser.get("/s/~a-hostile-handle").status == 400
        assert browser.get(f"/authorize?client_id=x&login_hint={person.phone}").status == 400
        cookies = [cookie.value for cookie in browser.http.cookies.jar if cookie.value]
    private = [
        person.phone, person.citizen_id, person.password, person.name, "a wrong pass phrase", "a-hostile-handle",
        page.answer["code"], question.state, question.nonce, question.code_verifier, "secret-of-nobody", "login_hint",
        tokens["access_token"], tokens["id_token"], app["client_secret"], *cookies,
    ]  # fmt: skip
    deadline = time.monotonic() + 5
    while "request_refused" not in idp_sqlite.logs()[begins:] and time.monotonic() < deadline:
        time.sleep(0.05)
    new = idp_sqlite.logs()[begins:]
    assert [text for text in private if text in new] == []
    lines = [json.loads(line) for line in new.splitlines() if line.startswith("{")]
    refused = [line for line in lines if line["event"] in {"refused", "request_refused"}]
    assert len(refused) >= 4
    assert all(line["request_id"] for line in refused)
    assert "Traceback" not in new


def test_a_logger_in_use_follows_when_logging_is_set_up_again() -> None:
    """Commands do, one after the other in one process. Mutation: each keeps the way of the day it was first used."""
    logger = structlog.get_logger()
    configure_logging("json")
    logger.info("used")
    configure_logging("json")
    with structlog.testing.capture_logs() as lines:
        logger.info("used again")
    assert [line["event"] for line in lines] == ["used again"]


def test_a_traceback_in_text_prints_no_local_variables() -> None:
    """In them stand cookies and codes. Mutation: the pretty one that the library takes where it can."""
    told = "\n".join(printed("text"))
    assert "Traceback (most recent call last)" in told
    assert "hunter2" not in told
