"""The composition: settings become services, and what cannot be opened is told as a fault of the settings."""

from pathlib import Path

import pytest

from idp.app import Installation
from idp.errors import Unavailable
from idp.model.message import Medium
from idp.model.policy import PASSKEYS, Level, Method
from idp.settings import SettingsFault
from tests.idp.installed import Moment, installed
from tests.plugins.private_servers import StorageUrls

SMTP = {
    "IDP_MESSAGING__MAIL": "smtp",
    "IDP_SMTP__HOST": "localhost",
    "IDP_SMTP__SECURITY": "none",
    "IDP_SMTP__SENDER": "id@city.example",
}
FACE = {
    "IDP_SOURCES__FACE": "face_authority",
    "IDP_FACE_AUTHORITY__URL": "https://face.example",
    "IDP_FACE_AUTHORITY__TOKEN": "token",
    "IDP_FACE_AUTHORITY__CLIENT": "yizheng",
    "IDP_FACE_AUTHORITY__ISSUER": "https://face.example",
    "IDP_FACE_AUTHORITY__NAME": "云江市实人核验中心",
}
NOWHERE = StorageUrls("postgresql://idp:hunter2@127.0.0.1:1/idp", "redis://:hunter2@127.0.0.1:1/0")


def test_nothing_is_connected_before_its_first_use(tmp_path: Path, clock: Moment) -> None:
    """Mutation: a connection at start; a server would not start beside a database that starts more slowly."""
    opened = installed(NOWHERE, tmp_path, clock)
    with pytest.raises(Unavailable) as caught:
        opened.storage.ping()
    assert "hunter2" not in caught.value.detail
    assert "hunter2" not in repr(opened)
    opened.storage.close()


def test_the_methods_are_those_that_something_stands_behind(
    sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> None:
    always = {Method.PASSWORD, Method.ONE_TIME_CODE, Method.RECOVERY_CODE, *PASSKEYS}
    at_a_number = {"IDP_ISSUER": "http://127.0.0.1:8000"}  # passkeys belong to names
    for changes, methods, media in (
        (at_a_number, {*always, Method.MESSAGE_CODE} - PASSKEYS, {Medium.SMS}),
        ({}, {*always, Method.MESSAGE_CODE}, {Medium.SMS}),
        (SMTP, {*always, Method.MESSAGE_CODE, Method.MAIL_CODE}, {Medium.SMS, Medium.MAIL}),
        (FACE, {*always, Method.MESSAGE_CODE, Method.FACE}, {Medium.SMS}),
    ):
        opened = installed(sqlite_urls, tmp_path, clock, **changes)
        assert opened.services.methods == methods
        assert set(opened.carriers) == media
        assert (opened.services.face is not None) is (Method.FACE in methods)
        opened.storage.close()


def test_rules_and_channels_come_from_the_settings(sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment) -> None:
    rules = (
        '[{ name = "night", channels = ["website"], scopes = ["phone"], level = 3, max_age = 60, asks_consent = true }]'
    )
    opened = installed(sqlite_urls, tmp_path, clock, IDP_POLICY__RULES=rules, IDP_CHANNELS='["website"]')
    (rule,) = opened.rules
    assert (rule.name, rule.channels, rule.scopes) == ("night", frozenset({"website"}), frozenset({"phone"}))
    assert (rule.level, rule.max_age, rule.asks_consent) == (Level.THREE, 60, True)
    assert set(opened.services.channels) == {"website"}
    opened.storage.close()


def test_the_cookies_of_a_loopback_http_issuer_are_plain(installation: Installation) -> None:
    assert not installation.services.cookies.is_secure


def test_hashing_is_bounded_as_the_settings_say(sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment) -> None:
    opened = installed(sqlite_urls, tmp_path, clock, IDP_PASSWORDS__SLOTS="3")
    assert opened.services.passwords.hash("x").startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert len(opened.services.passwords._pool._paths) == 3  # type: ignore[attr-defined]
    opened.storage.close()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"IDP_STORAGE__DATABASE": "postgresql://idp:hunter2@127.0.0.1:port/idp"}, "storage"),
        ({"IDP_STORAGE__EPHEMERAL": "redis://:hunter2@127.0.0.1:port/0"}, "storage"),
        ({"IDP_FETCH__ALLOWED_ORIGINS": '["http://127.0.0.1:8003/path"]'}, "messaging, fetch"),
        (SMTP | {"IDP_SMTP__AUTHORITIES": "/nowhere/hunter2.pem"}, "messaging, fetch"),
        ({"IDP_STATE_DIRECTORY": "/dev/null/hunter2"}, "state_directory"),
        ({"IDP_STATE_DIRECTORY": "/dev/null"}, "state_directory"),
        ({"IDP_STATE_DIRECTORY": "\0"}, "state_directory"),
    ],
)
def test_what_cannot_be_opened_is_a_fault_and_no_traceback(
    sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment, changes: dict[str, str], told: str
) -> None:
    """Mutation: the library's own exception let through, whose text may quote a password."""
    with pytest.raises(SettingsFault) as caught:
        installed(sqlite_urls, tmp_path, clock, **changes)
    (fault,) = caught.value.faults
    assert fault.startswith(f"{told}: ")
    assert "hunter2" not in fault


@pytest.mark.parametrize("content", [None, b"192.0.2.0/24\nevil.example\n", b"\xff\xfe"])
def test_a_list_of_networks_that_cannot_be_read_is_told(
    sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment, content: bytes | None
) -> None:
    """Mutation: a server that starts without the list its operator named."""
    listed = tmp_path / "networks.txt"
    if content is not None:
        listed.write_bytes(content)
    with pytest.raises(SettingsFault, match=r"risk\.listed_networks"):
        installed(sqlite_urls, tmp_path, clock, IDP_RISK__LISTED_NETWORKS=str(listed))
    listed.write_text("192.0.2.0/24 # a remark\n")
    opened = installed(sqlite_urls, tmp_path, clock, IDP_RISK__LISTED_NETWORKS=str(listed))
    assert "192.0.2.7" in (opened.services.listed_networks or ())
    opened.storage.close()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "the file cannot be read"),
        (b"192.0.2.0/24,320500\n198.51.100.0/24\n", "line 2: the place is missing"),
        (b"192.0.2.0/24,\xff\n", "line 1: the place is missing"),
        (b"\xff\xfe1\x00,1", "line 1: the network cannot be read"),
        (b"192.0.2.0/24,1\n\n192.0.2.0/24,2\n", "line 3: line 1 says otherwise"),
    ],
)
def test_a_file_of_places_that_cannot_be_read_is_told(
    sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment, content: bytes | None, told: str
) -> None:
    """By the number of its line. Mutations: a server that starts without it; the line passed over."""
    listed = tmp_path / "places.csv"
    if content is not None:
        listed.write_bytes(content)
    with pytest.raises(SettingsFault, match=rf"^- risk\.places: {told}"):
        installed(sqlite_urls, tmp_path, clock, IDP_RISK__PLACES=str(listed))
    with pytest.raises(SettingsFault, match=r"^- risk\.places: the file"):
        installed(sqlite_urls, tmp_path, clock, IDP_RISK__PLACES="\0")
    listed.write_bytes(b"\xef\xbb\xbf192.0.2.0/24,320500\r\n")
    opened = installed(sqlite_urls, tmp_path, clock, IDP_RISK__PLACES=str(listed))
    assert opened.services.places is not None
    assert opened.services.places.find("192.0.2.7") is not None
    opened.storage.close()
