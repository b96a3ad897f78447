"""What no answer may ever do (threats §0): asserted on every answer that the rig receives, whatever a test looks for."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.attacks.pages import Page

_TRACES = ("Traceback (most recent call last)", 'File "/', "sqlalchemy", "werkzeug", "authlib")
_OF_NGINX = re.compile(
    r"<html>\r\n<head><title>[\w -]+</title></head>\r\n<body>\r\n<center><h1>[\w -]+</h1></center>\r\n"
    r"(<center>[\w -]+</center>\r\n)?<hr><center>nginx/[\d.]+</center>\r\n</body>\r\n</html>\r\n"
)
_PUBLIC_TYPES = (
    "application/json",
    "application/jwk-set+json",
    "text/css",
    "text/javascript",
    "image/svg+xml",
    "image/png",
)


def assert_safe(answer: httpx.Response, registered: frozenset[str], *, may_sign_in: bool) -> None:
    """No failure, nothing of our inside, no way out to where nobody registered, no session for the asker, no frame."""
    assert _is_no_failure(answer), _named(answer)
    assert not [trace for trace in _TRACES if trace in answer.text], _named(answer)
    assert answer.status_code not in {301, 302, 307, 308}, _named(answer)
    assert all(is_allowed(location, registered) for location in answer.headers.get_list("location")), _named(answer)
    assert may_sign_in or not gives_session(answer), _named(answer)
    assert is_plain_text(_description(answer)), _named(answer)
    if is_of_the_front(answer):
        assert not {"location", "set-cookie"} & set(answer.headers), _named(answer)
        return
    if answer.content and _media_type(answer) == "text/html":
        assert_is_guarded_page(answer)
    assert_is_uncached(answer)


def is_of_the_front(answer: httpx.Response) -> bool:
    """Whether nginx refused it by itself, in a sentence of its own that repeats nothing of the request."""
    return answer.status_code in {400, 405, 413, 414} and _OF_NGINX.fullmatch(answer.text) is not None


def error_of(answer: httpx.Response) -> str:
    """The protocol's error code: on a page, in JSON, or on the way to the client."""
    if "location" in answer.headers:
        parts = urlsplit(answer.headers["location"])
        return "".join(parse_qs(parts.fragment or parts.query).get("error", []))
    if _media_type(answer) == "application/json":
        return str(answer.json()["error"])
    return re.split(r"[:\s]", Page(answer.text).error.strip(), maxsplit=1)[0]


def is_allowed(location: str, registered: frozenset[str]) -> bool:
    """Whether a redirect stays here, or goes to a registered address with nothing but more parameters."""
    if re.fullmatch(r"/(?![/\\])[!-~]*", location):
        return True
    ends = (("&" if "?" in address else "?", address) for address in registered)
    return any(
        location == address or location.startswith((address + separator, f"{address}#")) for separator, address in ends
    )


def is_plain_text(description: str) -> bool:
    """The characters that an error_description may have (RFC 6749 §4.1.2.1 and §5.2)."""
    return re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", description) is not None


def gives_session(answer: httpx.Response) -> bool:
    """Whether the answer opens a session in this browser."""
    cookies = (header.partition(";")[0].partition("=") for header in answer.headers.get_list("set-cookie"))
    return any(name.strip().removeprefix("__Host-") == "session" and value for name, _, value in cookies)


def assert_is_guarded_page(answer: httpx.Response) -> None:
    """The headers of every HTML reply (threats F06, F12), and markup that needs nothing inline."""
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["frame-ancestors"] == "'none'"
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"].startswith("'self'")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "Cookie" in answer.headers["vary"]
    assert not re.search(
        r"<script(?![^>]* src=)|<style|<[^>]*\s(on[a-z]+|style)\s*=|javascript:", answer.text, re.IGNORECASE
    )
    assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//(?!localhost|127\.0\.0\.1|rp\.test)""", answer.text)


def assert_is_uncached(answer: httpx.Response) -> None:
    """Everything but documents that are the same for everybody says `no-store` (threat F08)."""
    control = answer.headers.get("cache-control", "")
    if "no-store" in control or not answer.content:
        return
    assert control.startswith("public, max-age="), answer.request.url
    assert _media_type(answer) in _PUBLIC_TYPES
    assert "set-cookie" not in answer.headers


def _description(answer: httpx.Response) -> str:
    query = parse_qs(urlsplit(str(answer.headers.get("location", ""))).query)
    if _media_type(answer) == "application/json" and answer.content:
        return str(answer.json().get("error_description", ""))
    return "".join(query.get("error_description", []))


def _named(answer: httpx.Response) -> str:
    return f"{answer.request.method} {str(answer.request.url)[:300]} → {answer.status_code} {dict(answer.headers)}"


def _is_no_failure(answer: httpx.Response) -> bool:
    return answer.status_code < 500 or (answer.status_code == 503 and answer.headers.get("retry-after", "").isdigit())


def _media_type(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-type", "")).partition(";")[0].strip().lower()
