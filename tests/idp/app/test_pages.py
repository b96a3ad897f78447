"""The three parts that all pages are: each address belongs to the part that answers it."""

from pathlib import Path
from typing import Any

import pytest

from idp.app import create_app
from tests.benchmarks.operations import Caller, city
from tests.plugins.private_servers import StorageUrls


@pytest.mark.parametrize("path", ["/", "/me", "/recover", "/console", "/help", "/status", "/s/of-nobody"])
def test_every_part_answers(storage_urls: StorageUrls, tmp_path: Path, path: str) -> None:
    """Mutation: a first segment that leads to another part, where nobody knows it."""
    with city(storage_urls, tmp_path) as installation:
        answer = Caller(create_app(installation)).get(path)
        assert b"There is no such page." not in answer.body
        assert answer.status in {200, 303, 400}, answer.status


@pytest.mark.parametrize("path", ["", "*", "nowhere", "/nowhere", "/me/nowhere", "/console/nowhere", "/mine", "/s/x/y"])
def test_what_is_no_page_is_told_to_be_none(storage_urls: StorageUrls, tmp_path: Path, path: str) -> None:
    """Also an empty path, which Flask would lead to whatever Host was named (threat N04)."""
    with city(storage_urls, tmp_path) as installation:
        told: list[Any] = []
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http"}
        environ |= {"SERVER_NAME": "localhost", "SERVER_PORT": "8000", "HTTP_HOST": "localhost:8000"}
        body = b"".join(create_app(installation)(environ, lambda *answer: told.append(answer)))
        assert told[0][0][:3] == "404", body[:300]
