"""Detours lead back to this site and nowhere else (open redirects, threat-model)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from idp.http.return_path import display_url, local_path, way_back


@pytest.mark.parametrize(
    "path", ["/", "/s/tx", "/s/tx?a=1&b=%20", "/help", "/authorize?redirect_uri=https://app.example"]
)
def test_paths_of_this_site_stay(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "help",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        " //evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/s/\x00",
        "/s/tx\r\nSet-Cookie: a=b",
        "/s/中",
        "/s/\ud800",
        "/" + "a" * 2000,
    ],
)
def test_everything_else_becomes_the_root(path: str) -> None:
    """Red when the check for a second slash, a backslash or control characters is dropped."""
    assert local_path(path) == "/"


def test_display_links_carry_one_choice_and_the_way_back() -> None:
    url = urlsplit(display_url(way_back("/s/tx?a=1&b=2"), mode="elder"))
    assert url.path == "/display"
    assert parse_qs(url.query) == {"mode": ["elder"], "return": ["/s/tx?a=1&b=2"]}
    assert display_url(way_back("//evil.example"), theme="dark") == "/display?theme=dark&return=%2F"
