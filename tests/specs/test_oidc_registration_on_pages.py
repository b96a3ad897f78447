"""Requirement 27: who signs in sees the app's logo, and finds what it says of data and of terms (Registration §2)."""

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.registering_app import METADATA, RegisteringApp, allow, as_metadata
from tests.specs.relying_party import RelyingParty

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG, WEBP = b"\xff\xd8\xff\xe0" + bytes(20), b"RIFF\x1a\x00\x00\x00WEBPVP8 " + bytes(14)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


class Host:
    """Somebody's web server, with one picture."""

    def __init__(self, port: int) -> None:
        self.content: bytes | None = PNG
        self.asked = 0
        self.address = f"http://127.0.0.1:{port}/logo"
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked += 1
                body = host.content or b""
                self.send_response(404 if host.content is None else 200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def host(idp_sqlite: RunningIdp) -> Iterator[Host]:
    port = idp_sqlite.receivers.pop()
    host = Host(port)
    yield host
    host.close()
    idp_sqlite.receivers.append(port)


@pytest.fixture
def app(idp_sqlite: RunningIdp) -> Iterator[RegisteringApp]:
    with RegisteringApp(idp_sqlite, allow(idp_sqlite)["token"]) as app:
        yield app


def test_requirement_27_the_pages_show_whose_they_are(idp_sqlite: RunningIdp, app: RegisteringApp, host: Host) -> None:
    """Mutations: the picture loaded from the app's host; a link without rel; nothing on the consent page."""
    links = {"policy_uri": "https://department.example/privacy", "tos_uri": "https://department.example/terms"}
    registered = app.register(logo_uri=host.address, **links)
    asked = host.asked
    with RelyingParty(idp_sqlite, registered) as party, FormBrowser(idp_sqlite.issuer) as browser:
        page = browser.get(party.ask().address)
        source = page.html.partition('src="/logos/')[2].partition('"')[0]
        for shown in (page, browser.sign_in(page, idp_sqlite.new_person())):
            assert f'<img class="tile" src="/logos/{source}" alt=""' in shown.html
            for address in links.values():
                assert f'href="{address}" rel="noreferrer"' in shown.html
            assert host.address not in shown.html
        picture = browser.http.get(f"{idp_sqlite.issuer}/logos/{source}")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert "immutable" in picture.headers["cache-control"]
    assert (picture.headers["x-content-type-options"], picture.headers["content-security-policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )
    assert host.asked == asked, "fetched once, when it was accepted"


@pytest.mark.parametrize("content", [JPEG, WEBP])
def test_pictures_of_pixels_are_kept(app: RegisteringApp, host: Host, content: bytes) -> None:
    host.content = content
    app.register(logo_uri=host.address)


@pytest.mark.parametrize("content", [SVG, b"<html>", b"", b"GIF89a", b"RIFF....AVI ", None, PNG + bytes(70_000)])
def test_what_is_no_picture_is_refused(app: RegisteringApp, host: Host, content: bytes | None) -> None:
    """Judged by what it is, whatever its type says. Mutations: the Content-Type believed; an SVG served from our origin."""
    host.content = content
    answer = app.post(METADATA, logo_uri=host.address)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_it_is_fetched_anew_when_it_moves_and_gone_with_its_address(
    idp_sqlite: RunningIdp, app: RegisteringApp, host: Host
) -> None:
    """Mutations: fetched at each update; a logo that stays when nobody names it any more."""
    host.content = PNG
    registered = app.register(logo_uri=host.address)
    asked = host.asked
    same = app.manage("PUT", registered, as_metadata(registered, client_name="Same logo")).json()
    assert host.asked == asked
    host.content = JPEG
    moved = app.manage("PUT", same, as_metadata(same, logo_uri=f"{host.address}?2")).json()
    assert host.asked == asked + 1
    assert logo_of(idp_sqlite, registered).endswith(".jpeg")
    app.manage("PUT", moved, as_metadata(moved, logo_uri=None))
    assert logo_of(idp_sqlite, registered) == "None"


@pytest.mark.parametrize("name", ["", "x", "../jwks", "0" * 32 + ".png", "%00", "a/b"])
def test_there_is_no_other_picture(app: RegisteringApp, name: str) -> None:
    assert app.http.get(f"{app.issuer}/logos/{name}").status_code in {200, 404}
    assert not app.http.get(f"{app.issuer}/logos/{name}").headers["content-type"].startswith("image/")


def logo_of(idp: RunningIdp, registered: dict[str, Any]) -> str:
    with idp.installation.services.begin() as unit_of_work:
        client = unit_of_work.clients.get(registered["client_id"])
    assert client is not None
    return str(client.logo)
