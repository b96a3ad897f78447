"""One request, one answer, one deadline, one limit (threat N01)."""

import gzip
import json
import time
from collections.abc import Callable, Mapping

import pytest

from idp.fetch import Fetched, Fetcher, FetchRefused
from tests.idp.fetch.conftest import Authority
from tests.idp.fetch.servers import Answer, Canary, Server, is_silent, reply, says

Serve = Callable[..., Server]

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def fetch(server: Server, headers: Mapping[str, str] | None = None, timeout: float = 3.0) -> Fetched:
    origin = f"http://127.0.0.1:{server.port}"
    return Fetcher(frozenset({origin}), timeout=timeout).get(f"{origin}/document", headers)


@pytest.mark.parametrize(
    "answer",
    [
        is_silent,
        says(b"HTTP/1.1 200 OK\r\n", forever=b"X", pause=0.02),
        says(b"HTTP/1.1 200 OK\r\n", forever=b"X: y\r\n", pause=0.02),
        says(forever=b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.02),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", forever=b"x", pause=0.02),
        says(b"HTTP/1.1 200 OK\r\n\r\n", forever=b"x", pause=0.02),
        says(CHUNKED, forever=b"1\r\nx\r\n", pause=0.02),
        says(CHUNKED + b"1", forever=b"0", pause=0.02),
    ],
    ids=["silence", "header", "headers", "interim", "length", "close", "chunks", "chunk-size"],
)
def test_a_trickling_server_ends_at_the_deadline(answer: Answer, serve: Serve) -> None:
    """Mutation: set the socket's timeout to the whole time before each read instead of to what is left of it."""
    started = time.monotonic()
    with pytest.raises(FetchRefused) as refused:
        fetch(serve(answer), timeout=0.3)
    assert 0.25 < time.monotonic() - started < 1.5
    assert "TimeoutError" in refused.value.detail


def test_a_silent_handshake_ends_at_the_deadline(serve: Serve, authority: Authority) -> None:
    server = serve(is_silent)
    origin = f"https://rp.test:{server.port}"
    fetcher = Fetcher(
        frozenset({origin}),
        timeout=0.3,
        authorities=authority.certificate,
        resolve=lambda host, port: ["127.0.0.1"],
    )
    started = time.monotonic()
    with pytest.raises(FetchRefused):
        fetcher.get(origin)
    assert time.monotonic() - started < 1.5


def test_a_peer_that_does_not_read_ends_at_the_deadline(serve: Serve) -> None:
    """Mutation: `sendall` with the socket left without a timeout."""
    server = serve(is_silent)
    origin = f"http://127.0.0.1:{server.port}"
    started = time.monotonic()
    with pytest.raises(FetchRefused):
        Fetcher(frozenset({origin}), timeout=0.3).post(origin, body=b"x" * 50_000_000)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "framed",
    [
        reply,
        lambda body: b"HTTP/1.1 200 OK\r\n\r\n" + body,
        lambda body: CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
    ],
    ids=["length", "close", "chunked"],
)
def test_the_largest_body_is_64_kilobytes(framed: Callable[[bytes], bytes], serve: Serve) -> None:
    """Mutation: `>` to `>=` in `_read_body`, or no limit there."""
    assert len(fetch(serve(says(framed(b"x" * 65536)))).body) == 65536
    with pytest.raises(FetchRefused) as refused:
        fetch(serve(says(framed(b"x" * 65537))))
    assert refused.value.detail == "the answer is too large"


@pytest.mark.parametrize(
    "answer",
    [
        says(b"HTTP/1.1 200 OK\r\n\r\n", forever=b"x" * 4096),
        says(forever=b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        says(CHUNKED, forever=b"1;" + b"e" * 4000 + b"\r\nx\r\n"),
    ],
    ids=["body", "interim", "chunk-extensions"],
)
def test_an_endless_answer_is_left_early(answer: Answer, serve: Serve) -> None:
    """Mutation: count the body only, or let the deadline alone end what comes fast."""
    with pytest.raises(FetchRefused) as refused:
        fetch(serve(answer))
    assert refused.value.detail == "the answer is too large"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status: str, serve: Serve, canary: Canary) -> None:
    """Mutation: follow `Location`, or hand the redirect to a caller who might."""
    server = serve(says(reply(status=status, headers=[f"Location: http://127.0.0.1:{canary.port}/"])))
    with pytest.raises(FetchRefused):
        fetch(server)
    assert server.connections == 1
    assert not canary.was_touched()


@pytest.mark.parametrize("status", [201, 204, 304, 400, 404, 500])
def test_any_other_status_is_handed_over(status: int, serve: Serve) -> None:
    assert fetch(serve(says(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()))).status == status


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "zstd", "identity, gzip", "x"])
def test_an_encoded_answer_is_refused(encoding: str, serve: Serve) -> None:
    """Mutation: let httpx decode; 64 kB of gzip are 64 MB of zeros."""
    bomb = gzip.compress(b"\0" * 10_000_000)
    server = serve(says(reply(bomb, headers=[f"Content-Encoding: {encoding}"])))
    with pytest.raises(FetchRefused):
        fetch(server)
    assert b"accept-encoding: identity\r\n" in server.requests[0].lower()


def test_an_answer_that_calls_itself_identical_is_taken(serve: Serve) -> None:
    assert fetch(serve(says(reply(b"x", headers=["Content-Encoding: identity"])))).body == b"x"


def test_our_own_headers_win(serve: Serve) -> None:
    server = serve(says(reply()))
    fetch(server, {"accept-encoding": "gzip", "Connection": "keep-alive"})
    request = server.requests[0].lower()
    assert (request.count(b"accept-encoding:"), request.count(b"connection:")) == (1, 1)
    assert b"accept-encoding: identity\r\n" in request
    assert b"connection: close\r\n" in request


def test_cookies_are_not_kept(serve: Serve) -> None:
    """Mutation: share one `httpx.Client`, with its jar, between calls."""
    server = serve(says(reply(headers=["Set-Cookie: a=b; Path=/"])))
    origin = f"http://127.0.0.1:{server.port}"
    fetcher = Fetcher(frozenset({origin}))
    fetcher.get(origin)
    fetcher.get(origin)
    assert len(server.requests) == 2
    assert all(b"cookie" not in request.lower() for request in server.requests)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n\r\n",
        b"HTTP/one 200 OK\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"zz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
    ],
)
def test_broken_http_is_refused(answer: bytes, serve: Serve) -> None:
    with pytest.raises(FetchRefused):
        fetch(serve(says(answer)))


@pytest.mark.parametrize("value", ["x\r\nX-Injected: yes", "x\nHost: evil.test", "x\0", "例"])
def test_a_header_that_would_end_early_is_refused(value: str, serve: Serve) -> None:
    server = serve(says(reply()))
    with pytest.raises(FetchRefused):
        fetch(server, {"Authorization": value})
    assert server.requests == []


@pytest.mark.parametrize(
    ("content", "sent_type", "sent"),
    [
        ({"json": {"phone": "x", "n": 1}}, b"application/json", json.dumps({"phone": "x", "n": 1}).encode()),
        ({"form": {"logout_token": "a.b+c", "name": "一"}}, None, b"logout_token=a.b%2Bc&name=%E4%B8%80"),
        ({"body": b"\0\1", "headers": {"Content-Type": "application/secevent+jwt"}}, b"secevent+jwt", b"\0\1"),
        ({}, None, b""),
    ],
    ids=["json", "form", "body", "nothing"],
)
def test_post_sends_one_of_three_bodies(
    content: dict[str, object], sent_type: bytes | None, sent: bytes, serve: Serve
) -> None:
    server = serve(says(reply(b"taken")))
    origin = f"http://127.0.0.1:{server.port}"
    post: Callable[..., Fetched] = Fetcher(frozenset({origin})).post
    assert post(f"{origin}/hook", **content).body == b"taken"
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook HTTP/1.1")
    assert b"\ncontent-length: " in head.lower()
    assert sent_type is None or sent_type in head
    assert body.replace(b" ", b"") == sent.replace(b" ", b"")
