"""Responses: their headers, and every status that a refusal of ours can have."""

import ast
import json
from pathlib import Path

import pytest

from idp.http.response import NO_STORE, Response, json_response, page_headers, see_other, send

ROOT = Path(__file__).resolve().parents[3]


def sent(response: Response, *, is_head: bool = False) -> tuple[str, dict[str, str], bytes]:
    told: list[tuple[str, list[tuple[str, str]]]] = []
    body = b"".join(send(response, lambda status, headers: told.append((status, headers)), is_head=is_head))
    ((status, headers),) = told
    assert len({name for name, _ in headers}) == len(headers)
    return status, dict(headers), body


def test_an_answer_says_how_long_it_is() -> None:
    response = Response(200, (("Content-Type", "text/plain"),), "中".encode())
    assert sent(response) == ("200 OK", {"Content-Type": "text/plain", "Content-Length": "3"}, "中".encode())
    assert sent(response, is_head=True)[1:] == ({"Content-Type": "text/plain", "Content-Length": "3"}, b"")


def test_json_is_kept_by_no_cache() -> None:
    """Mutation: no `Cache-Control` (RFC 6749 §5.1, threat F08)."""
    status, headers, body = sent(json_response(400, {"error": "x", "name": "中"}, ("X-More", "1")))
    assert (status, json.loads(body)) == ("400 Bad Request", {"error": "x", "name": "中"})
    assert (headers["Cache-Control"], headers["Pragma"]) == ("no-store", "no-cache")
    assert (headers["Content-Type"], headers["X-More"]) == ("application/json", "1")


def test_a_redirect_never_repeats_a_form() -> None:
    """Mutation: 302, 307 or 308 (RFC 9700 §4.12, threat A08)."""
    status, headers, body = sent(see_other("/next", ("Set-Cookie", "a=b")))
    assert (status, headers["Location"], headers["Set-Cookie"], body) == ("303 See Other", "/next", "a=b", b"")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert dict(NO_STORE).items() <= headers.items()


def test_a_page_defends_itself() -> None:
    """Mutations: any directive left out (threats F06, F08, A06)."""
    headers = dict(page_headers(["https://app.example", "com.example.app:"]))
    policy = headers["Content-Security-Policy"]
    for directive in (
        "default-src 'none'",
        "script-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "form-action 'self' https://app.example com.example.app:",
    ):
        assert directive in policy
    assert "unsafe" not in policy
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert (headers["Vary"], headers["Cache-Control"]) == ("Cookie, Accept-Language", "no-store")
    assert "form-action 'self'" in dict(page_headers())["Content-Security-Policy"]


def test_a_page_shows_nothing_in_frames_but_what_it_names() -> None:
    """Mutations: `frame-src` left out, so that what is named is blocked, or open on every page."""
    policy = dict(page_headers(frame_sources=["https://a.example", "https://b.example:8443"]))[
        "Content-Security-Policy"
    ]
    assert policy.endswith("; frame-src https://a.example https://b.example:8443")
    assert "frame-src" not in dict(page_headers())["Content-Security-Policy"]


def statuses() -> list[int]:
    """Every status that stands in our code, as `status=…` or as the first argument of a response."""
    found = {400, 401, 503}
    for path in (ROOT / "idp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[:1] if name in {"Response", "json_response", "_challenge"} else []
            values = [keyword.value for keyword in node.keywords if keyword.arg == "status"]
            constants = [each.value for each in [*first, *values] if isinstance(each, ast.Constant)]
            found |= {value for value in constants if isinstance(value, int)}
    return sorted(found)


@pytest.mark.parametrize("status", statuses())
def test_every_status_of_ours_can_be_sent(status: int) -> None:
    """Mutation: a new refusal with a status that has no words, which would be a traceback at the last door."""
    assert sent(Response(status))[0].startswith(f"{status} ")


def test_more_headers_are_put_behind() -> None:
    assert Response(200, (("A", "1"),), b"x").with_headers(("B", "2")) == Response(200, (("A", "1"), ("B", "2")), b"x")
