"""What may be fetched and what may not (threat N01): refused before a connection, pinned, https, same error for all."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.fetch import Fetcher, FetchRefused
from tests.idp.fetch.conftest import PUBLIC_ADDRESS, Authority, Internet
from tests.idp.fetch.servers import Canary, Server, is_silent, reply, says

HOSTILE_URLS = [
    "https://127.0.0.1:{port}/",
    "https://127.0.0.2:{port}/",
    "https://127.1:{port}/",
    "https://127.0.1:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://0x7f.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://①②⑦.⓪.⓪.①:{port}/",
    "https://[::1]:{port}/",
    "https://[0:0:0:0:0:0:0:1]:{port}/",
    "https://[::]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[::ffff:0:127.0.0.1]:{port}/",
    "https://[64:ff9b::127.0.0.1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[fe80::1%25lo]:{port}/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://localhost:{port}/",
    "https://LOCALHOST:{port}/",
    "https://localhost.:{port}/",
    "https://loopback.test:{port}/",
    "https://LoopBack.Test:{port}/",
    "https://loopback.test.:{port}/",
    "https://mapped.test:{port}/",
    "https://mixed.test:{port}/",
    "https://mixed-last.test:{port}/",
    "https://metadata.test/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/latest/meta-data/",
    "https://168.63.129.16/metadata",
    "https://10.0.0.1:{port}/",
    "https://172.16.0.1:{port}/",
    "https://192.168.1.1:{port}/",
    "https://100.64.0.1:{port}/",
    "https://192.0.2.1:{port}/",
    "https://224.0.0.1:{port}/",
    "https://255.255.255.255:{port}/",
    "http://127.0.0.1:{port}/",
    "http://public.test:{port}/",
    "http://93.184.215.14:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "unix:///run/docker.sock",
    "https://public.test@127.0.0.1:{port}/",
    "https://public.test:443@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}@public.test/",
    "https://a@b@127.0.0.1:{port}/",
    "https://public.test\\@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@public.test/",
    "https://127.0.0.1:{port}#@public.test/",
    "https://public.test/#@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/\r\nX-Injected: yes",
    "ht\ntps://127.0.0.1:{port}/",
    "https://127.0.0.1:{port} /",
    "https://public.test\x00.127.0.0.1:{port}/",
    "https://127%2e0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "https:127.0.0.1:{port}/",
    "127.0.0.1:{port}/",
    "",
]

NAMES = {
    "public.test": [PUBLIC_ADDRESS],
    "loopback.test": ["127.0.0.1"],
    "loopback.test.": ["127.0.0.1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "mixed.test": [PUBLIC_ADDRESS, "127.0.0.1"],
    "mixed-last.test": [PUBLIC_ADDRESS] * 5 + ["127.0.0.1"],
    "metadata.test": ["169.254.169.254"],
    "localhost": ["127.0.0.1", "::1"],
    "localhost.": ["127.0.0.1", "::1"],
}


def resolve(host: str, port: int) -> list[str]:
    """The hostile names of this page; of other hosts what the operating system reads in them, 0x7f.1 included."""
    if host in NAMES:
        return NAMES[host]
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)]


def test_the_table_of_hostile_urls_is_long_enough() -> None:
    assert len(set(HOSTILE_URLS)) == len(HOSTILE_URLS) >= 40


@pytest.mark.parametrize("template", HOSTILE_URLS)
def test_a_hostile_url_is_refused_before_any_connection(template: str, canary: Canary, internet: Internet) -> None:
    """Mutation: let `may_be_public` or `is_public` answer True, or check any address instead of all of them."""
    fetcher = Fetcher(timeout=1, resolve=resolve)
    for fetch in (fetcher.get, fetcher.post):
        with pytest.raises(FetchRefused) as refused:
            fetch(template.replace("{port}", str(canary.port)))
        assert str(refused.value) == FetchRefused.PUBLIC_TEXT
    assert internet.attempts == []
    assert not canary.was_touched()


@pytest.mark.parametrize(
    "near_miss",
    [
        "http://127.0.0.1:{other}/",
        "https://127.0.0.1:{port}/",
        "http://127.0.0.2:{port}/",
        "http://localhost:{port}/",
        "http://127.1:{port}/",
        "http://[::1]:{port}/",
        "http://127.0.0.1:{port}@public.test/",
        "http://127.0.0.1:{port}\\@public.test/",
        "http://127.0.0.1:{port}.public.test/",
    ],
)
def test_an_allowed_origin_allows_nothing_beside_itself(near_miss: str, canary: Canary, internet: Internet) -> None:
    """Mutation: compare the host of an allowed origin alone, or compare by prefix."""
    fetcher = Fetcher(frozenset({f"http://127.0.0.1:{canary.port}"}), timeout=1, resolve=resolve)
    with pytest.raises(FetchRefused):
        fetcher.get(near_miss.replace("{port}", str(canary.port)).replace("{other}", str(canary.port - 1)))
    assert internet.attempts == []
    assert not canary.was_touched()


def test_an_allowed_origin_does_not_allow_a_longer_one(canary: Canary, internet: Internet) -> None:
    """Mutation: ask whether the URL begins with an allowed origin."""
    fetcher = Fetcher(frozenset({f"http://127.0.0.1:{canary.port // 10}"}), timeout=1, resolve=resolve)
    with pytest.raises(FetchRefused):
        fetcher.get(f"http://127.0.0.1:{canary.port}/")
    assert internet.attempts == []


def test_an_allowed_origin_may_be_plain_and_private(serve: Callable[..., Server]) -> None:
    server = serve(says(reply(b"sent", headers=["X-Answer: yes"])))
    origin = f"http://127.0.0.1:{server.port}"
    fetched = Fetcher(frozenset({origin})).get(f"{origin}/outbox?to=8003", {"Accept": "application/json"})
    assert (fetched.status, fetched.headers["x-answer"], fetched.body) == (200, "yes", b"sent")
    assert server.requests[0].startswith(b"GET /outbox?to=8003 HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{server.port}".encode() in server.requests[0].lower()
    assert b"accept: application/json" in server.requests[0].lower()


@pytest.mark.parametrize(
    "text", ["", "*", "127.0.0.1:8003", "http://127.0.0.1:8003/", "http://LOCALHOST", "https://rp.test:443", "null"]
)
def test_a_setting_that_is_no_origin_is_a_fault_at_start(text: str) -> None:
    """Mutation: store the setting unread, so that it silently never matches."""
    with pytest.raises(ValueError, match="not an origin"):
        Fetcher(frozenset({text}))


def test_a_missing_file_of_authorities_is_a_fault_at_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Fetcher(authorities=tmp_path / "absent.pem")


def test_tls_asks_for_the_name_and_verifies_it(
    serve: Callable[..., Server], authority: Authority, internet: Internet
) -> None:
    """Mutation: hand the pinned address to TLS as the server's name."""
    server = serve(says(reply(b"keys")), authority.server_side)
    internet.routes[PUBLIC_ADDRESS, 443] = server.port
    authority.names_asked.clear()
    fetcher = Fetcher(authorities=authority.certificate, resolve=lambda host, port: [PUBLIC_ADDRESS])
    assert fetcher.get("https://RP.test/jwks").body == b"keys"
    assert authority.names_asked == ["rp.test"]
    assert b"host: rp.test\r\n" in server.requests[0].lower()


def test_a_certificate_for_another_name_is_refused(
    serve: Callable[..., Server], authority: Authority, internet: Internet
) -> None:
    """Mutation: `check_hostname = False`."""
    server = serve(says(reply(b"keys")), authority.server_side)
    internet.routes[PUBLIC_ADDRESS, 443] = server.port
    fetcher = Fetcher(authorities=authority.certificate, resolve=lambda host, port: [PUBLIC_ADDRESS])
    with pytest.raises(FetchRefused) as refused:
        fetcher.get("https://other.test/jwks")
    assert "CERTIFICATE_VERIFY_FAILED" in refused.value.detail
    assert server.requests == []


def test_an_unknown_authority_is_refused_even_for_an_allowed_origin(
    serve: Callable[..., Server], authority: Authority
) -> None:
    """Mutation: `verify_mode = CERT_NONE` for allowed origins."""
    server = serve(says(reply(b"keys")), authority.server_side)
    origin = f"https://rp.test:{server.port}"
    with pytest.raises(FetchRefused):
        Fetcher(frozenset({origin}), resolve=lambda host, port: ["127.0.0.1"]).get(origin)
    assert server.requests == []


def test_a_name_is_asked_once_and_the_connection_goes_where_it_was_checked(
    serve: Callable[..., Server], authority: Authority, internet: Internet, canary: Canary
) -> None:
    """DNS rebinding. Mutation: connect to the host's name, or ask the resolver again when connecting."""
    server = serve(says(reply(b"keys")), authority.server_side)
    internet.routes[PUBLIC_ADDRESS, canary.port] = server.port
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return [PUBLIC_ADDRESS] if len(asked) == 1 else ["127.0.0.1"]

    fetcher = Fetcher(authorities=authority.certificate, resolve=rebinding)
    assert fetcher.get(f"https://rp.test:{canary.port}/jwks").body == b"keys"
    assert asked == [("rp.test", canary.port)]
    assert internet.attempts == [(PUBLIC_ADDRESS, canary.port)]
    with pytest.raises(FetchRefused):
        fetcher.get(f"https://rp.test:{canary.port}/jwks")
    assert not canary.was_touched()


def test_the_next_checked_address_is_tried_and_only_a_few(
    serve: Callable[..., Server], authority: Authority, internet: Internet
) -> None:
    server = serve(says(reply(b"keys")), authority.server_side)
    internet.routes["93.184.215.17", 443] = server.port
    several = [f"93.184.215.{last}" for last in range(14, 24)]
    fetcher = Fetcher(authorities=authority.certificate, resolve=lambda host, port: several)
    assert fetcher.get("https://rp.test/").body == b"keys"
    internet.routes.clear()
    internet.attempts.clear()
    with pytest.raises(FetchRefused):
        fetcher.get("https://rp.test/")
    assert len(internet.attempts) == 4


def test_an_address_that_swallows_everything_leaves_time_for_the_next(
    serve: Callable[..., Server], authority: Authority, internet: Internet
) -> None:
    """Mutation: give the first address all of the time that is left."""
    server = serve(says(reply(b"keys")), authority.server_side)
    internet.holes.add((PUBLIC_ADDRESS, 443))
    internet.routes["93.184.215.15", 443] = server.port
    fetcher = Fetcher(
        timeout=1,
        authorities=authority.certificate,
        resolve=lambda host, port: [PUBLIC_ADDRESS, "93.184.215.15"],
    )
    assert fetcher.get("https://rp.test/").body == b"keys"


def test_closed_and_open_ports_read_alike(
    serve: Callable[..., Server], authority: Authority, internet: Internet
) -> None:
    """Mutation: let the operating system's or the TLS library's error text reach `str(refused)`."""
    answers = {
        "plain": (says(reply()), None),
        "silent": (is_silent, None),
        "redirect": (says(reply(status="302 Found", headers=["Location: /"])), authority.server_side),
        "broken": (says(b"SSH-2.0-OpenSSH\r\n\r\n"), authority.server_side),
        "large": (says(reply(b"x" * 65537)), authority.server_side),
    }
    for port, (answer, tls) in enumerate(answers.values(), start=8001):
        internet.routes[PUBLIC_ADDRESS, port] = serve(answer, tls).port
    fetcher = Fetcher(timeout=0.3, authorities=authority.certificate, resolve=resolve_to_public)
    told, details = set(), set()
    for url in [*(f"https://rp.test:{port}/" for port in range(8000, 8006)), "https://10.0.0.1/", "file:///", ""]:
        with pytest.raises(FetchRefused) as refused:
            fetcher.get(url)
        told.add((type(refused.value), str(refused.value), refused.value.args))
        details.add(refused.value.detail)
    assert told == {(FetchRefused, "the address could not be fetched", ("the address could not be fetched",))}
    assert len(details) >= 7


def resolve_to_public(host: str, port: int) -> list[str]:
    return [PUBLIC_ADDRESS] if host == "rp.test" else [host]


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
def test_a_name_that_cannot_be_resolved_is_refused(error: Exception) -> None:
    def fails(host: str, port: int) -> list[str]:
        raise error

    with pytest.raises(FetchRefused):
        Fetcher(resolve=fails).get("https://rp.test/")


def test_proxies_of_the_environment_are_ignored(
    serve: Callable[..., Server], canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: send the request through `httpx.get`, whose default is `trust_env=True`."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server = serve(says(reply(b"direct")))
    origin = f"http://127.0.0.1:{server.port}"
    assert Fetcher(frozenset({origin})).get(origin).body == b"direct"
    assert not canary.was_touched()


def test_one_fetcher_serves_many_threads(serve: Callable[..., Server]) -> None:
    server = serve(says(reply(b"x" * 1000)))
    origin = f"http://127.0.0.1:{server.port}"
    fetcher, bodies = Fetcher(frozenset({origin})), []
    threads = [threading.Thread(target=lambda: bodies.append(fetcher.get(origin).body)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == [b"x" * 1000] * 16


def test_importing_the_fetcher_does_not_import_httpx() -> None:
    """Mutation: import `exchange` at the head of the module; every start then pays 0.2 s for it."""
    program = "import sys, idp.fetch; idp.fetch.Fetcher(); print('httpx' in sys.modules or 'httpcore' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed == "False\n"
