"""N06: however much is sent, it is refused early, in few words, and the server grows no bigger."""

import io
import itertools
import time
from collections.abc import Iterator

import pytest

from idp.errors import Refused
from idp.events import Action
from idp.http.request import snapshot
from tests.attacks import wire
from tests.attacks.doors import all_paths, named_handle
from tests.attacks.processes import resident_megabytes
from tests.attacks.rig import Browser, Target

MULTIPART = b"Content-Type: multipart/form-data; boundary=x"
GROWTH_MEGABYTES = 24
"""Of all processes together; the floods below send a hundred times as much."""
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'

BODIES = {
    "ten-megabytes": (wire.FORM, b"a=" + b"a" * 10_000_000, 413),
    "just-too-much": (wire.FORM, b"a=" + b"a" * 65_536, 413),
    "ten-thousand-parameters": (wire.FORM, b"&".join(b"%x" % number for number in range(10_000)), 400),
    "ten-thousand-times-one": (wire.FORM, b"a=1&" * 10_000, 400),
    "ten-thousand-parts": (MULTIPART, PART * 10_000 + b"--x--", 400),
    "one-part-of-returns": (MULTIPART, b"--x\r\n" + b"\r" * 60_000, 400),
    "not-a-form": (b"Content-Type: application/json", b"[" * 60_000, 400),
    "packed": (wire.FORM + b"\r\nContent-Encoding: gzip", b"\x1f\x8b" + b"\0" * 60_000, 400),
}
"""Header lines, body, and what a door that reads a body says."""
HEADERS = {
    "thousand-headers": [b"X-%d: 1" % number for number in range(1000)],
    "one-of-200-kB": [b"X-Long: " + b"a" * 200_000],
    "cookie-of-64-kB": [b"Cookie: a=" + b"a" * 65_536],
    "ten-thousand-cookies": [b"Cookie: " + b"; ".join(b"c%d=1" % number for number in range(7000))],
    "long-session": [b"Cookie: session=" + b"9" * 40_000 + b"." + b"x" * 20_000],
    "thousand-cookie-headers": [b"Cookie: a=1"] * 90,
    "many-languages": [b"Accept-Language: " + b"en;q=0.5," * 7000],
    "many-hops": [b"X-Forwarded-For: " + b"10.0.0.1, " * 6000],
    "long-basic": [b"Authorization: Basic " + b"QQ==" * 15_000],
    "long-bearer": [b"Authorization: Bearer 1." + b"a" * 60_000],
}


TOO_MUCH = {"thousand-headers", "one-of-200-kB"}


@pytest.fixture
def target(bare_target: Target) -> Target:
    """The server itself: nginx refuses most of it before us; our own door has to stand alone."""
    return bare_target


@pytest.fixture
def paths(target: Target, browser: Browser) -> list[str]:
    """Every door, with the cookies of a browser that may enter."""
    return all_paths(browser, target)


@pytest.mark.parametrize("kind", BODIES)
def test_no_body_is_too_much(target: Target, browser: Browser, paths: list[str], kind: str) -> None:
    """Refused at every door that reads one, within two seconds; the others answer without reading.

    Red when `_read` asks neither Content-Length nor `MAX_BODY`, and when `MAX_PARAMETERS` is not asked.
    """
    header, body, status = BODIES[kind]
    handle = named_handle(browser, target)
    reading = {
        "/token",
        "/authorize",
        "/logout",
        *(f"/s/{handle}{step}" for step in ("", "/password", "/code", "/ways")),
    }
    for path in {*paths, *reading}:
        begun = time.monotonic()
        sent = [browser.cookie_header, *header.split(b"\r\n")]
        answer = target.check(wire.request(target.issuer, "POST", path.encode(), *sent, body=body))
        assert time.monotonic() - begun < 2, path
        assert path not in reading or answer.status_code == status, path


@pytest.mark.parametrize("kind", HEADERS)
def test_no_head_is_too_much(target: Target, paths: list[str], kind: str) -> None:
    """431, or an ordinary answer in no time.

    Red when `max_buffer_size` is lifted, and when `Request.cookies` takes more than linear time.
    """
    for path in paths:
        begun = time.monotonic()
        answer = target.check(wire.request(target.issuer, "GET", path.encode(), *HEADERS[kind]))
        assert time.monotonic() - begun < 2, path
        assert (answer.status_code == 431) is (kind in TOO_MUCH), path


def test_an_endless_body_is_cut_off(target: Target, browser: Browser) -> None:
    """Without a length. Red when `_read` reads the stream to its end."""
    for path in ("/authorize", "/token", "/userinfo", "/logout", f"/s/{named_handle(browser, target)}/password"):
        head = b"POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n%s\r\n" % (path.encode(), wire.FORM, browser.cookie_header)
        raw, sent = wire.exchange(target.issuer, _endless(head))
        for _ in range(1, wire.TRIES):
            if raw:
                break
            _excuse_what_was_lost(target)
            raw, sent = wire.exchange(target.issuer, _endless(head))
        answer = target.check(wire.read(target.issuer, "POST", path.encode(), raw))
        assert answer.status_code == 413
        assert sent < 50_000_000


def _excuse_what_was_lost(target: Target) -> None:
    """A reset may overtake the answer: what was written down about it nobody was told."""
    for action in (Action.AUTHORIZATION_REFUSED, Action.TOKEN_REFUSED, Action.SIGN_OUT_REFUSED, Action.SIGN_IN_REFUSED):
        target.excuses(action, "an answer was lost on the way")


def test_the_server_stays_as_big_as_it_was(target: Target, browser: Browser, paths: list[str]) -> None:
    """Two hundred megabytes. Red when a body is read whole before it is measured, and something keeps it."""
    header, body, _ = BODIES["ten-megabytes"]
    before = resident_megabytes(target.idp)
    for _, path in itertools.product(range(5), ("/token", "/authorize", "/logout", paths[-3])):
        target.check(wire.request(target.issuer, "POST", path.encode(), header, browser.cookie_header, body=body))
    assert resident_megabytes(target.idp) - before < GROWTH_MEGABYTES


@pytest.mark.parametrize(
    "length", [b"-1", b"+5", b"0x5", b"5, 5", b"5\r\nContent-Length: 6", b"9" * 30, b"1e3", b"\xd9\xa3"]
)
def test_a_length_is_a_number(target: Target, length: bytes) -> None:
    """Over the wire, where the server below us is the first to refuse it, and at our own door behind that.

    Red when `_read` gives to `int` whatever came.
    """
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": length.decode(), "wsgi.input": io.BytesIO(b"grant_type=x")}
    with pytest.raises(Refused, match="invalid_request"):
        _ = snapshot(environ).body
    lines = [b"POST /token HTTP/1.1", b"Host: x", wire.FORM, b"Content-Length: " + length, b"Connection: close"]
    raw, _ = wire.exchange(target.issuer, [b"\r\n".join(lines) + b"\r\n\r\ngrant_type=x"], seconds=3)
    if raw:
        answer = target.check(wire.read(target.issuer, "POST", b"/token", raw))
        assert answer.status_code in {400, 413}


def _endless(head: bytes) -> Iterator[bytes]:
    yield head + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b"a" * 65536 + b"\r\n"
