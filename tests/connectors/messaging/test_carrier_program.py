import ast
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from threading import Thread
from typing import Any

import pytest

from tests.connectors.messaging.carrier_program import (
    PROGRAM,
    REPORT_TOKEN,
    TOKEN,
    CarrierProgram,
    running_carrier,
)
from tests.connectors.messaging.contract import check_answer, check_reports
from tests.connectors.messaging.gateway import Gateway

MESSAGE = {"id": "m-1", "to": "+8613000000001", "text": "您的验证码是 123456。"}


def send(program: CarrierProgram, message: Mapping[str, Any], **call: Any) -> tuple[int, Any]:
    answer = program.call("/messages", message, headers={"Idempotency-Key": str(message.get("id"))}, **call)
    check_answer("/messages", "post", answer.status, answer.body)
    return answer.status, answer.json()


def test_it_imports_nothing_but_the_standard_library() -> None:
    """It is an independent program; a demonstration that shares our code would prove nothing."""
    files = {file.stem: ast.parse(file.read_text("utf-8")) for file in PROGRAM.parent.glob("*.py")}
    own = {*files, *(f"examples.carrier.{name}" for name in files)}
    for node in (node for tree in files.values() for node in ast.walk(tree)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert {name.partition(".")[0] for name in names if name not in own} <= sys.stdlib_module_names


def test_a_message_is_kept_and_shown_to_its_phone(program: CarrierProgram) -> None:
    status, promise = send(program, MESSAGE)
    assert status == 202
    (message,) = program.messages("+8613000000001")
    assert message["text"] == MESSAGE["text"]
    assert message["message_id"] == promise["message_id"]
    assert program.messages("+8613000000099") == []


def test_an_id_is_sent_once_and_names_one_message(program: CarrierProgram) -> None:
    message = {**MESSAGE, "id": "once", "to": "+8613000000002"}
    assert send(program, message) == send(program, message)
    (kept,) = program.messages("+8613000000002")
    assert kept["times"] == 2
    assert send(program, {**message, "text": "another"}) == (409, {"error": "id_used_for_another_message"})


def test_newest_messages_stand_first(program: CarrierProgram) -> None:
    for number in range(3):
        send(program, {"id": f"order-{number}", "to": "+8613000000003", "text": str(number)})
    assert [message["text"] for message in program.messages("+8613000000003")] == ["2", "1", "0"]


def test_a_plus_sign_typed_by_hand_is_understood(program: CarrierProgram) -> None:
    send(program, {"id": "plus", "to": "+8613000000004", "text": "x"})
    assert len(program.call("/messages?to=+8613000000004").json()["messages"]) == 1


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1]])
def test_only_the_token_opens_the_contract(program: CarrierProgram, token: str | None) -> None:
    """Mutation: `_check_token` that returns at once."""
    before = program.messages()
    assert send(program, {**MESSAGE, "id": "nobody"}, token=token) == (401, {"error": "bad_token"})
    for path, body in (("/sandbox/code", None), ("/faults", {"fault": "down"})):
        assert program.call(path, body, token=token).status == 401
    assert program.messages() == before


@pytest.mark.parametrize(
    "change",
    [
        {"to": "13000000001"},
        {"to": "+861300000000１"},
        {"to": "+8613000000001\n"},
        {"to": 8613000000001},
        {"text": ""},
        {"text": "x" * 1001},
        {"text": "\ud800"},
        {"text": None},
        {"id": ""},
        {"id": "x" * 65},
        {"id": "a b"},
        {"id": 1},
        {"medium": "pigeon"},
        {"medium": None},
        {"surprise": True},
    ],
    ids=str,
)
def test_what_is_not_of_the_contract_is_refused(program: CarrierProgram, change: dict[str, Any]) -> None:
    status, _ = send(program, {**MESSAGE, "id": "refused", **change})
    assert status == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[1]", 400), (b"[" * 20000, 400), (b"\xff", 400), (b'{"id": "x"}', 400), (b" " * 65537, 413)],
    ids=["empty", "list", "deep", "no text", "too little", "too large"],
)
def test_broken_bodies_are_refused(program: CarrierProgram, body: bytes, status: int) -> None:
    assert program.call("/messages", body).status == status


def test_the_key_in_the_header_must_be_the_id(program: CarrierProgram) -> None:
    assert program.call("/messages", MESSAGE).json() == {"error": "bad_id"}


def test_other_content_types_and_addresses_are_refused(program: CarrierProgram) -> None:
    assert program.call("/messages", MESSAGE, headers={"Content-Type": "text/plain"}).status == 415
    assert program.call("/nothing").status == 404


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.example:80", "[::1", ""])
def test_a_name_pointed_at_this_machine_reads_nothing(program: CarrierProgram, host: str) -> None:
    """DNS rebinding. Mutation: no comparison with LOOPBACK_HOST."""
    assert program.call("/messages", headers={"Host": host}).json() == {"error": "unknown_host"}


def test_the_code_of_sandbox_people(program: CarrierProgram) -> None:
    answer = program.call("/sandbox/code")
    check_answer("/sandbox/code", "get", answer.status, answer.body)
    assert answer.json() == {"code": "000000"}


@pytest.mark.parametrize(("fault", "status"), [("error", 500), ("busy", 429), ("refuse", 400)])
def test_faults_answer_so_often_and_no_more(program: CarrierProgram, fault: str, status: int) -> None:
    program.misbehave(fault, times=2)
    message = {**MESSAGE, "id": f"fault-{fault}"}
    assert [send(program, message)[0] for _ in range(3)] == [status, status, 202]


def test_down_hangs_up(program: CarrierProgram) -> None:
    program.misbehave("down", times=1)
    with pytest.raises(ConnectionError):
        send(program, {**MESSAGE, "id": "down"})


def test_slow_takes_the_message_before_it_answers(program: CarrierProgram) -> None:
    program.misbehave("slow", seconds=0.3, times=1)
    sender = Thread(target=send, args=(program, {"id": "slow", "to": "+8613000000005", "text": "x"}))
    started = time.monotonic()
    sender.start()
    while not program.messages("+8613000000005"):
        assert time.monotonic() - started < 5
    assert sender.is_alive()
    sender.join()
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    "order",
    [
        {"fault": "fire"},
        {"fault": "slow", "seconds": -1},
        {"fault": "slow", "seconds": 61},
        {"fault": "slow", "seconds": True},
        {"fault": "slow", "times": -1},
        {"fault": "slow", "times": 0.5},
        {"seconds": 1},
        {"fault": ["slow"]},
    ],
    ids=json.dumps,
)
def test_unknown_faults_are_refused(program: CarrierProgram, order: dict[str, Any]) -> None:
    assert program.call("/faults", order).status == 400


def test_a_call_is_shown_as_one_and_is_another_message_than_a_text(program: CarrierProgram) -> None:
    """Mutation: the medium not compared, so that a text is taken for the call that was promised before."""
    call = {"id": "call", "to": "+8613000000010", "text": "1，2，3，4，5，6", "medium": "voice"}
    assert send(program, call)[0] == 202
    assert send(program, {**call, "medium": "sms"})[0] == 409
    (kept,) = program.messages("+8613000000010")
    assert kept["medium"] == "voice"
    page = program.call("/?to=%2B8613000000010&lang=en").body.decode()
    assert '<span class="kind">Call</span> <strong>1，2，3，4，5，6</strong>' in page


def test_what_became_of_messages_is_reported_as_the_contract_says(gateway: Gateway) -> None:
    """Delivered, failed on demand, or nothing; an id that is not known yet comes again, one that is known does not.

    Mutations: a report per try; a report for what the fault says is never reported; unknown ids forgotten.
    """
    gateway.status, gateway.body = 200, b'{"unknown": ["arrives"]}'
    with running_carrier(reports_to=f"{gateway.url}/carriers/sms_http/reports") as (program, _):
        for id_, fault in (("arrives", "none"), ("lost", "undelivered"), ("silent", "unreported")):
            program.misbehave(fault)
            assert send(program, {**MESSAGE, "id": id_})[0] == 202
            assert send(program, {**MESSAGE, "id": id_})[0] == 202
        statuses: dict[str, list[str]] = {}
        until = time.monotonic() + 10
        while len(statuses.get("arrives", [])) < 2 or "lost" not in statuses:
            assert time.monotonic() < until, statuses
            statuses = {}
            for noted in list(gateway.noted):
                for report in check_reports(noted.headers, noted.body, REPORT_TOKEN):
                    statuses.setdefault(report["id"], []).append(report["status"])
            time.sleep(0.02)
        kept = {message["id"]: message["report"] for message in program.messages()}
    assert {noted.path for noted in gateway.noted} == {"/carriers/sms_http/reports"}
    assert (set(statuses["arrives"]), statuses["lost"]) == ({"delivered"}, ["failed"])
    assert "silent" not in statuses
    assert kept == {"arrives": "delivered", "lost": "failed", "silent": None}


def test_whose_messages_never_arrive_is_said_at_the_start(gateway: Gateway) -> None:
    """One phone's, and nobody else's. Mutation: the phone is not looked at."""
    gateway.status, gateway.body = 200, b'{"unknown": []}'
    reports_to = f"{gateway.url}/carriers/sms_http/reports"
    with running_carrier(TOKEN, reports_to, "--undelivered", "+8613800000024") as (program, _):
        for id_, phone in (("lost", "+8613800000024"), ("arrives", "+8613800000001")):
            assert send(program, {**MESSAGE, "id": id_, "to": phone})[0] == 202
        until = time.monotonic() + 10
        while len(kept := {message["id"]: message["report"] for message in program.messages()}) < 2:
            assert time.monotonic() < until
            time.sleep(0.02)
    assert kept == {"lost": "failed", "arrives": "delivered"}


def test_the_code_of_sandbox_people_uses_up_no_fault_of_messages(program: CarrierProgram) -> None:
    program.misbehave("undelivered", times=1)
    assert program.call("/sandbox/code").status == 200
    assert '<option value="undelivered" selected>' in program.call("/").body.decode()


def by_form(program: CarrierProgram, body: bytes, origin: str | None) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded", **({"Origin": origin} if origin else {})}
    return program.call("/page/fault", body, token=None, headers=headers).status


def test_the_page_makes_it_misbehave_and_no_other_site_does(program: CarrierProgram) -> None:
    """Mutation: the Origin not compared."""
    for origin in (None, "null", "https://evil.example", program.url + "0"):
        assert by_form(program, b"fault=refuse", origin) == 403
    assert by_form(program, b"fault=fire", program.url) == by_form(program, b"", program.url) == 400
    assert by_form(program, b"fault=refuse", program.url) == 200, "the page it leads back to"
    assert send(program, {**MESSAGE, "id": "refused by the page".replace(" ", "-")})[0] == 400


@pytest.mark.parametrize(
    ("asked", "lang", "word"), [("?lang=en", "en", "All phones"), ("?lang=xx", "zh-CN", "全部手机")]
)
def test_the_page_shows_messages_in_the_language_asked_for(
    program: CarrierProgram, asked: str, lang: str, word: str
) -> None:
    send(program, {"id": "page", "to": "+8613000000006", "text": "code 654321"})
    page = program.call(f"/{asked}").body.decode()
    assert f'<html lang="{lang}">' in page
    assert word in page
    assert f'<a href="/?to=%2B8613000000006&amp;lang={lang}">+8613000000006</a>' in page
    assert "code <strong>654321</strong>" in page


def test_the_page_speaks_the_browsers_language(program: CarrierProgram) -> None:
    english = program.call("/", headers={"Accept-Language": "en-GB,en;q=0.9,zh;q=0.1"})
    assert '<html lang="en">' in english.body.decode()
    assert '<html lang="zh-CN">' in program.call("/").body.decode()


def test_a_message_cannot_write_the_page(program: CarrierProgram) -> None:
    """Mutation: `escape` left out of `render_phone`."""
    send(program, {"id": "script", "to": "+8613000000007", "text": "<script>alert('$title')</script> & \"x\""})
    answer = program.call("/?to=%2B8613000000007")
    assert b"<script" not in answer.body
    assert b"&lt;script&gt;alert(&#x27;$title&#x27;)" in answer.body
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_an_empty_page_says_what_will_appear(program: CarrierProgram) -> None:
    assert "还没有短信" in program.call("/?to=nobody&lang=zh-CN").body.decode()


def test_stylesheet_is_served(program: CarrierProgram) -> None:
    answer = program.call("/carrier.css")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert b"prefers-color-scheme: dark" in answer.body


def test_without_a_token_it_draws_one_and_keeps_the_last_500_messages() -> None:
    with running_carrier(token=None) as (program, (_, drawn)):
        token = drawn.removeprefix("bearer token: ").strip()
        assert len(token) >= 32
        for number in range(501):
            message = {"id": str(number), "to": "+8613000000008", "text": str(number)}
            program.call("/messages", message, token=token, headers={"Idempotency-Key": str(number)})
        kept = program.messages()
        assert (len(kept), kept[0]["text"], kept[-1]["text"]) == (500, "500", "1")


def test_a_taken_port_is_named(program: CarrierProgram) -> None:
    port = program.url.rpartition(":")[2]
    command = [sys.executable, str(PROGRAM), "--port", port]
    failed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"cannot listen on 127.0.0.1:{port}: ")
    assert "Traceback" not in failed.stderr
