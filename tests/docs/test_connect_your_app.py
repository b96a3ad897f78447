"""The page for whoever writes an app: its registration is imported, its three apps sign people in and out."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.docs.pages import blocks
from tests.docs.programs import fetch, wait_until
from tests.interop.client_program import RUBY
from tests.interop.node_packages import NODE, install
from tests.plugins.running_idp import RunningIdp
from tests.plugins.server_processes import free_port
from tests.specs.form_browser import FormBrowser

PAGE = "how-to/connect-your-app.md"
SECRET = "secret-of-the-page-for-developers-0123456789"
LANGUAGES = {
    "js": ("app.mjs", NODE),
    "python": ("app.py", Path(sys.executable)),
    "ruby": ("app.rb", RUBY),
}


def here(language: str, port: int) -> str:
    """The one block in this language, at a port that is free."""
    (block,) = (block for block in blocks(PAGE) if block.language == language)
    return block.text.replace("3000", str(port))


def register(idp: RunningIdp, file: str) -> None:
    """As `idp client import` reads it; other tests' clients, which the command would look at as well, are left alone."""
    from idp.oauth import client_list

    assert "<random, 32 or more>" in file
    (client,) = client_list.read(file.replace("<random, 32 or more>", SECRET).encode())
    services = idp.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client, services.clock())
        unit_of_work.commit()


@contextmanager
def app_of_the_page(idp: RunningIdp, language: str, folder: Path) -> Iterator[str]:
    """Its address, as soon as it answers."""
    port = free_port()
    name, program = LANGUAGES[language]
    register(idp, here("json", port).replace("parking-permits", f"page-{language}"))
    (folder / name).write_text(here(language, port), "utf-8")
    (folder / "node_modules").symlink_to(install() / "node_modules")
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "ISSUER": idp.issuer,
        "CLIENT_ID": f"page-{language}",
        "CLIENT_SECRET": SECRET,
    }
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen([program, folder / name], env=environment, stdout=output, stderr=output) as process,
    ):
        try:
            wait_until(lambda: fetch(f"http://127.0.0.1:{port}/")[0] == 200, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_app_signs_a_person_in_and_out(idp_sqlite: RunningIdp, tmp_path: Path, language: str) -> None:
    """Mutations: another scope in the registration than in the programs; a `redirect_uri` with a slash behind it."""
    person = idp_sqlite.new_person()
    with (
        app_of_the_page(idp_sqlite, language, tmp_path) as address,
        FormBrowser(idp_sqlite.issuer) as browser,
        httpx.Client(base_url=address, trust_env=False) as app,
    ):
        assert app.get("/").text == "Nobody is signed in."
        callback = browser.go_through(app.get("/login").headers["Location"], person).address
        assert app.get(callback).headers["Location"].removeprefix(address) == "/"
        assert app.get("/").text == f"Hello, {person.name}."
        left = browser.get(app.get("/logout").headers["Location"])
        assert left.address.partition("?")[0] == f"{address}/"
        assert app.get("/").text == "Nobody is signed in."
        assert browser.get(app.get("/login").headers["Location"]).has("username")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_app_refuses_an_answer_that_is_not_its_own(idp_sqlite: RunningIdp, tmp_path: Path, language: str) -> None:
    """A code that came to another browser, an answer that names another issuer, a refusal: nobody is signed in."""
    person = idp_sqlite.new_person()
    with (
        app_of_the_page(idp_sqlite, language, tmp_path) as address,
        FormBrowser(idp_sqlite.issuer) as browser,
        httpx.Client(base_url=address, trust_env=False) as app,
        httpx.Client(base_url=address, trust_env=False) as another,
    ):
        callback = browser.go_through(app.get("/login").headers["Location"], person).address
        another.get("/login")
        mixed_up = callback.replace("iss=http", "iss=https")
        refusal = callback.replace("code=", "error=access_denied&no=")
        for visitor, unverified in ((another, callback), (app, mixed_up), (app, refusal)):
            assert visitor.get(unverified).status_code == 400
            assert visitor.get("/").text == "Nobody is signed in."
