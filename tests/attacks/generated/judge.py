"""What no answer to a generated request may be, whatever was asked (threats §0)."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import httpx

from tests.attacks.answers import assert_safe, is_plain_text
from tests.attacks.clients import NATIVE
from tests.attacks.generated.city import ISSUER, Answer, City
from tests.attacks.generated.parts import Sent

_PORT = re.compile(r"http://(127\.0\.0\.1|\[::1\]):[0-9]{1,5}(?=[/?#])")


def faults_of(city: City, sent: Sent, answer: Answer, client_id: str, logged: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with the answer; empty: nothing."""
    try:
        _look_at(city, sent, answer, client_id)
        failures = [line for line in logged if line.get("log_level") in {"error", "critical"} or "exc_info" in line]
        assert not failures, f"logged: {failures}"
    except AssertionError as fault:
        return str(fault) or repr(fault)
    return ""


def _look_at(city: City, sent: Sent, answer: Answer, client_id: str) -> None:
    for name, value in answer.headers:
        assert type(value) is str, name
        assert re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value), f"{name}: {value!a}"
        assert re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name), name
    response = httpx.Response(
        answer.status,
        headers=[
            (name.encode(), _portless(value).encode("latin-1"))
            for name, value in answer.headers
            if name.lower() != "content-encoding"
        ],
        content=answer.body,
        request=httpx.Request(sent.method, ISSUER),
    )
    assert_safe(response, _may_lead_to(city, sent, client_id), may_sign_in=False)
    lengths = [value for name, value in answer.headers if name.lower() == "content-length"]
    assert lengths in ([], [str(len(answer.body))]) or sent.method == "HEAD", lengths
    if answer.status == 429:
        assert response.headers.get("retry-after", "").isdigit(), "429 without Retry-After"
    if answer.status >= 400:
        _look_at_error(response)


def _look_at_error(response: httpx.Response) -> None:
    kind = response.headers.get("content-type", "").partition(";")[0]
    if not response.content:
        return
    if kind == "application/json":
        told = json.loads(response.content)
        assert isinstance(told, dict), told
        assert told.get("error"), told
        assert is_plain_text(told["error"]), told
        assert is_plain_text(told.get("error_description", "")), told
    elif kind == "application/problem+json":
        told = json.loads(response.content)
        assert told.keys() >= {"type", "title", "status"}, told
        assert told["status"] == response.status_code, told


def _may_lead_to(city: City, sent: Sent, client_id: str) -> frozenset[str]:
    """What was registered by whoever the request names, or came from."""
    whole = unquote((sent.path + b" " + sent.query + b" " + sent.body).decode("latin-1")) + str(sent.headers)
    named = {each for each in city.registered if each in whole} | {client_id}
    found = frozenset[str]().union(*(city.registered.get(each, frozenset()) for each in named))
    return found | ({"http://[::1]/cb"} if NATIVE in named else frozenset())


def _portless(location: str) -> str:
    return _PORT.sub(r"http://\1", location)
