"""An example app as a process of its own, and a browser without JavaScript to look at it."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx

from tests.examples.fake_identity_provider import CLIENT_SECRET

APPS = Path(__file__).parents[2] / "examples" / "apps"


@dataclass(frozen=True)
class RunningApp:
    name: str
    base_url: str
    log: Path

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.base_url, follow_redirects=True, max_redirects=8, trust_env=False)


@contextmanager
def running_app(name: str, issuer: str, folder: Path, host: str = "localhost") -> Iterator[RunningApp]:
    """The app on a free port, with its warnings as errors; whatever it complains of goes to its log."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    log, secret = folder / f"{name}.log", folder / f"{name}.secret"
    secret.write_text(CLIENT_SECRET + "\n", encoding="ascii")
    options = ["--issuer", issuer, "--client-id", f"{name} client", "--client-secret-file", str(secret)]
    address = ["--host", host, "--port", str(port)]
    command = [sys.executable, "-W", "error", "-m", name, *options, *address]
    # A proxy that answers nothing: the apps must not send what they say to this machine through it.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment["HTTP_PROXY"] = environment["http_proxy"] = "http://127.0.0.1:9"
    with (
        log.open("w", encoding="utf-8") as errors,
        subprocess.Popen(
            command, cwd=APPS, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            base_url = process.stdout.readline().rpartition(" ")[2].strip()
            assert base_url == f"http://{host}:{port}", log.read_text(encoding="utf-8")
            yield RunningApp(name, base_url, log)
        finally:
            process.terminate()


def text_of(page: httpx.Response, element_id: str) -> str | None:
    """The text of the element with this id, or nothing when the page has none."""
    match = re.search(rf'<(\w+)[^>]*\bid="{element_id}"[^>]*>(.*?)</\1>', page.text, re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", match[2])).strip() if match else None
