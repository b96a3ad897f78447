"""The strict reading of a URL: one grammar, so that no second reader can find another host in it (threat T12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.fetch.outcome import FetchRefused
from idp.fetch.url import read_origin


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://rp.test", "https://rp.test"),
        ("https://rp.test/", "https://rp.test"),
        ("https://rp.test:443/jwks", "https://rp.test"),
        ("HTTPS://RP.Test:8443/jwks?a=b&c=%2F", "https://rp.test:8443"),
        ("https://rp.test?kid=1", "https://rp.test"),
        ("https://xn--fiqs8s.example/", "https://xn--fiqs8s.example"),
        ("https://93.184.215.14/", "https://93.184.215.14"),
        ("https://[2600::1]:444/", "https://[2600::1]:444"),
        ("http://localhost:8003/send", "http://localhost:8003"),
    ],
)
def test_a_plain_url_is_read(url: str, origin: str) -> None:
    assert str(read_origin(url)) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rp.test",
        "//rp.test/",
        "https:rp.test",
        "https:/rp.test/",
        "https:///rp.test/",
        "https://",
        "https://:443/",
        "file:///etc/passwd",
        "gopher://rp.test/",
        "ftp://rp.test/",
        "data:text/plain,x",
        "javascript:alert(1)",
        "httpſ://rp.test/",
        "https://\u212a.test/",
        "https://rp。test/",
        "https://①②⑦.0.0.1/",
        "https://rp.test/é",
        "https://user@rp.test/",
        "https://user:password@rp.test/",
        "https://rp.test@127.0.0.1/",
        "https://a@b@127.0.0.1/",
        "https://rp.test\\@127.0.0.1/",
        "https:\\\\rp.test\\",
        "https://rp.test\\.evil.test/",
        "https://rp.test/#fragment",
        "https://rp.test#@127.0.0.1/",
        " https://rp.test/",
        "https://rp.test/ ",
        "https://rp.test/a b",
        "https://rp.test\t/",
        "ht\ntps://rp.test/",
        "https://rp.test/\r\nHost: evil.test",
        "https://rp.test/\n",
        "https://rp.test\x00.evil.test/",
        "https://rp.test/%",
        "https://rp.test/%0",
        "https://rp.test/%zz",
        "https://127%2e0.0.1/",
        "https://rp.test:/",
        "https://rp.test:0/",
        "https://rp.test:080/",
        "https://rp.test:65536/",
        "https://rp.test:-1/",
        "https://rp.test:٤٤٣/",
        "https://rp.test:443:443/",
        "https://[::1/",
        "https://::1/",
        "https://[127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::1]rp.test/",
        "https://{rp}.test/",
        "https://rp.test/<>",
        "https://rp.test/" + "a" * 2048,
    ],
)
def test_anything_that_could_be_read_in_two_ways_is_not_read(url: str) -> None:
    """Mutation: read the URL with urlsplit instead of the grammar, or let the grammar match a prefix only."""
    with pytest.raises(FetchRefused):
        read_origin(url)


@given(st.text(max_size=60) | st.from_regex(r"\Ahttps?://[\[\]\w.:@%/\\-]{0,40}\Z"))
def test_no_text_does_worse_than_being_refused(url: str) -> None:
    try:
        origin = read_origin(url)
        assert origin.may_be_public() in {True, False}
        assert read_origin(str(origin)) == origin
    except FetchRefused:
        pass


@pytest.mark.parametrize(
    "host",
    ["rp.test", "a.b.c.rp.test", "xn--fiqs8s.xn--55qx5d", "3com.test", "93.184.215.14", "[2600::1]"],
)
def test_a_stranger_may_name_domain_names_and_addresses(host: str) -> None:
    assert read_origin(f"https://{host}/").may_be_public()
    assert not read_origin(f"http://{host}/").may_be_public()


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "intranet",
        "rp.test.",
        ".rp.test",
        "rp..test",
        "-rp.test",
        "rp-.test",
        "0",
        "1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0X7F.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.01",
        "127.0.0.1.",
        "256.0.0.1",
        "1.2.3.4.5",
        "rp.0x7f",
        "rp.1",
        "[::127.1]",
        "[:::1]",
        "[1::2::3]",
        "a" * 64 + ".test",
        ".".join(["abcdefg"] * 32),
    ],
)
def test_a_stranger_may_not_name_unusual_spellings(host: str) -> None:
    """Mutation: ask the resolver for whatever stands there, which reads 0x7f.1 and 2130706433 as the loopback."""
    assert not read_origin(f"https://{host}/").may_be_public()
