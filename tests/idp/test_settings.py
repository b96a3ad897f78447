"""Settings: one tree out of a file and the environment, all faults at once, nothing secret in them."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest

from idp.app import load_settings
from idp.settings import SettingsFault, is_loopback
from tests.idp.installed import MASTER_KEY

GOOD = {
    "IDP_ISSUER": "https://id.example",
    "IDP_STORAGE__DATABASE": "postgresql://idp@db.example/idp",
    "IDP_STORAGE__EPHEMERAL": "redis://cache.example:6379/0",
    "IDP_SECRETS__KEYS": MASTER_KEY,
}
SANDBOX_CARRIER = {
    "IDP_MESSAGING__SMS": "sandbox_carrier",
    "IDP_SANDBOX_CARRIER__URL": "http://127.0.0.1:8003",
    "IDP_SANDBOX_CARRIER__TOKEN": "token",
}

SANDBOX_AUTHORITY = {
    "IDP_SOURCES__FACE": "sandbox_authority",
    "IDP_SANDBOX_AUTHORITY__URL": "http://127.0.0.1:8004",
    "IDP_SANDBOX_AUTHORITY__TOKEN": "token",
    "IDP_SANDBOX_AUTHORITY__CLIENT": "yizheng",
    "IDP_SANDBOX_AUTHORITY__ISSUER": "urn:yizheng:sandbox:authority",
    "IDP_SANDBOX_AUTHORITY__NAME": "沙箱",
}


def faults_of(environment: Mapping[str, str], path: Path | None = None) -> list[str]:
    """What is wrong, in words; without what was right."""
    with pytest.raises(SettingsFault) as caught:
        load_settings(path, environment)
    return list(caught.value.faults)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "idp.toml"
    path.write_text(text, "utf-8")
    return path


def test_what_is_not_written_has_a_default() -> None:
    settings = load_settings(None, GOOD)
    assert (settings.server.port, settings.tokens.authorization_code, settings.channels) == (
        8000,
        60,
        ("website", "app"),
    )
    assert not settings.is_loopback
    assert not settings.sandbox.enabled
    assert settings.section("sms_http") is None


def test_the_environment_comes_on_top_of_the_file(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        issuer = "https://file.example"
        [server]
        port = 8100
        workers = 3
        [storage]
        database = "postgresql://idp@db.example/idp"
        ephemeral = "redis://cache.example:6379/0"
        [policy]
        rules = [{ name = "housing", client_ids = ["housing-fund"], level = 3 }]
        """,
    )
    settings = load_settings(path, {"IDP_SECRETS__KEYS": MASTER_KEY, "IDP_SERVER__PORT": "8200"})
    assert (settings.issuer, settings.server.port, settings.server.workers) == ("https://file.example", 8200, 3)
    assert settings.policy.rules[0].level == 3


def test_lists_and_tables_of_the_environment_are_written_as_in_toml() -> None:
    settings = load_settings(
        None,
        GOOD
        | {
            "IDP_CHANNELS": '["website"]',
            "IDP_SERVER__TRUSTED_PROXIES": '["10.0.0.1", "10.0.0.2"]',
            "IDP_POLICY__RULES": '[{ name = "night", max_age = 60, asks_consent = true }]',
            "IDP_POLICY__LEVELS": "{ 1 = [0, 1], 2 = [0, 1], 3 = [1, 1], 4 = [2, 2], 5 = [4, 3] }",
        },
    )
    assert settings.channels == ("website",)
    assert settings.server.trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert (settings.policy.rules[0].max_age, settings.policy.rules[0].asks_consent) == (60, True)
    assert settings.policy.levels[4] == (2, 2)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    secret.write_text(f"{MASTER_KEY}\n", "utf-8")
    without = {name: value for name, value in GOOD.items() if name != "IDP_SECRETS__KEYS"}
    settings = load_settings(None, without | {"IDP_SECRETS__KEYS_FILE": str(secret)})
    assert settings.secrets.keys.get_secret_value() == MASTER_KEY
    assert MASTER_KEY not in repr(settings)
    told = faults_of(without | {"IDP_SECRETS__KEYS_FILE": str(tmp_path / "missing")})
    assert told[0] == "IDP_SECRETS__KEYS_FILE: the file cannot be read"


UNKNOWN = "unknown setting; look at the reference for its name, or delete it"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("IDP_SERVER__PROT", "server.prot"),
        ("IDP_SECRET__KEYS", "secret"),
        ("IDP_SERVER__PORT__MAIN", "server.port"),
        ("IDP_NONSENSE", "nonsense"),
        ("IDP_", ""),
        ("IDP_CONFIG_FILE_NAME", "config_file_name"),
    ],
)
def test_unknown_settings_of_the_environment_are_refused(name: str, told: str) -> None:
    """Mutation: `extra="ignore"`."""
    (fault,) = faults_of({**GOOD, name: "1"})
    assert fault.startswith(f"{told}: ")


def test_unknown_settings_of_the_file_are_refused_at_every_depth(tmp_path: Path) -> None:
    """Mutation: `extra="ignore"`."""
    path = write(
        tmp_path,
        """
        nonsense = 1
        [server]
        prot = 1
        [policy]
        rules = [{ name = "night", levle = 2 }]
        [city.english]
        name = "Yunjiang"
        mayor = "nobody"
        [sms_http]
        url = "https://sms.example"
        token = "t"
        colour = "red"
        """,
    )
    unknown = {fault.partition(":")[0] for fault in faults_of(GOOD, path) if UNKNOWN in fault}
    assert unknown == {
        "nonsense",
        "server.prot",
        "policy.rules.0.levle",
        "city.english.mayor",
        "sms_http.colour",
    }


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Mutation: checking between settings only once each of them is well-formed."""
    path = write(tmp_path, 'log_format = "xml"\n[policy]\nrules = [{ name = "night", level = 9 }]\n')
    told = faults_of(
        {
            **GOOD,
            **SANDBOX_CARRIER,
            "IDP_SERVER__PORT": "seventy",
            "IDP_NONSENSE": "1",
            "IDP_CHANNELS": '["website", "pigeon"]',
            "IDP_STORAGE__EPHEMERAL": "memory:",
            "IDP_SECRETS__KEYS": "not a key",
            "IDP_SANDBOX__ENABLED": "true",
        },
        path,
    )
    assert {fault.partition(":")[0] for fault in told} == {
        "log_format",
        "policy.rules.0.level",
        "server.port",
        "nonsense",
        "channels",
        "storage.ephemeral",
        "secrets.keys",
        "sandbox.enabled",
        "messaging.sms",
    }
    assert all(fault.partition(": ")[2] for fault in told), "each fault says how to mend it"


@pytest.mark.parametrize("text", ["[server\nport = 1", "issuer = 'a'\nissuer = 'b'", "\x00"])
def test_a_file_that_is_not_toml_is_one_fault_among_the_others(tmp_path: Path, text: str) -> None:
    told = faults_of({**GOOD, "IDP_NONSENSE": "1"}, write(tmp_path, text))
    assert any("is not TOML" in fault for fault in told)
    assert any(fault.startswith("nonsense:") for fault in told)


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    assert "cannot be read" in faults_of(GOOD, tmp_path)[0]
    path = tmp_path / "latin.toml"
    path.write_bytes(b'issuer = "\xff"')
    assert "is not TOML" in faults_of(GOOD, path)[0]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"IDP_SANDBOX__ENABLED": "true"}, "sandbox.enabled: sandbox parts run on a loopback issuer only"),
        (SANDBOX_CARRIER, "messaging.sms: the sandbox carrier serves a loopback issuer only"),
        (SANDBOX_AUTHORITY, "sources.face: the sandbox authority serves a loopback issuer only"),
        (
            {"IDP_SOURCES__FACE": "smtp"},
            "sources.face: there is no such source; choose from face_authority, sandbox_authority",
        ),
        (
            {"IDP_SOURCES__FACE": "face_authority"},
            "face_authority: the section of the source chosen in sources.face is missing",
        ),
        (
            {"IDP_MESSAGING__SMS": "smtp"},
            "messaging.sms: there is no such carrier; choose from sandbox_carrier, sms_http",
        ),
        ({"IDP_MESSAGING__SMS": "sms_http"}, "sms_http: the section of the carrier chosen in messaging.sms is missing"),
        ({"IDP_MESSAGING__MAIL": "pigeon"}, "messaging.mail: there is no such carrier; choose from smtp"),
        ({"IDP_STORAGE__EPHEMERAL": "memory:"}, "storage.ephemeral: memory: works with server.workers = 1 only"),
        ({"IDP_CHANNELS": '["pigeon"]'}, "channels: there is no channel 'pigeon'; choose from app, website"),
        ({"IDP_SECRETS__KEYS": ""}, "secrets.keys: name at least one key"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(changes: Mapping[str, str], fault: str) -> None:
    """Mutation of the first three: leaving `is_loopback` out of the condition."""
    (told,) = faults_of({**GOOD, **changes})
    assert told.startswith(fault)


def test_sandbox_parts_are_welcome_on_this_machine() -> None:
    settings = load_settings(
        None,
        {
            **GOOD,
            **SANDBOX_CARRIER,
            **SANDBOX_AUTHORITY,
            "IDP_ISSUER": "http://localhost:8000",
            "IDP_SANDBOX__ENABLED": "true",
        },
    )
    assert settings.sandbox.enabled
    assert settings.section("sandbox_carrier") is not None
    assert settings.section("sandbox_authority") is not None


@pytest.mark.parametrize(
    "ephemeral", ["sqlite:////var/lib/idp.db", "sqlite:////var/lib/./idp.db", "sqlite:////var/x/../lib/idp.db"]
)
def test_both_stores_in_one_file_are_refused_however_it_is_spelled(ephemeral: str) -> None:
    """Mutation: comparing the addresses as they are written."""
    told = faults_of(
        {**GOOD, "IDP_STORAGE__DATABASE": "sqlite:////var/lib/idp.db", "IDP_STORAGE__EPHEMERAL": ephemeral}
    )
    assert told == ["storage.ephemeral: must not be the file of storage.database (the two would lock each other)"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("DATABASE", "mysql://db.example/idp"),
        ("DATABASE", "sqlite:///relative.db"),
        ("DATABASE", "sqlite://"),
        ("DATABASE", "memory:"),
        ("DATABASE", ""),
        ("EPHEMERAL", "memcached://cache.example"),
        ("EPHEMERAL", "sqlite:///relative.db"),
        ("EPHEMERAL", "memory:x"),
    ],
)
def test_a_store_that_we_do_not_know_is_a_fault(name: str, address: str) -> None:
    (told,) = faults_of({**GOOD, f"IDP_STORAGE__{name}": address})
    assert told.startswith(f"storage.{name.lower()}: write it as ")


@pytest.mark.parametrize(
    "issuer", ["http://localhost:8000", "http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]:8000"]
)
def test_an_http_issuer_is_good_for_this_machine(issuer: str) -> None:
    assert load_settings(None, {**GOOD, "IDP_ISSUER": issuer}).is_loopback


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://0.0.0.0",
        "http://[::]",
        "http://10.0.0.1",
        "http://user@localhost",
        "http://localhost:80@evil.example",
        "https://id.example/",
        "https://id.example/city",
        "https://id.example?x=1",
        "https://id.example#x",
        "https://user:password@id.example",
        "https://",
        "https://ID.example",
        "https://身份.example",
        "https://id.example:0",
        "https://id.example:99999",
        "https://id.example:port",
        "ftp://localhost",
        "id.example",
        "https://[::1",
        "",
    ],
)
def test_any_other_http_issuer_or_address_is_refused(issuer: str) -> None:
    """Mutation: `startswith("http://localhost")`, or asking for a scheme only."""
    assert any(fault.startswith("issuer: ") for fault in faults_of({**GOOD, "IDP_ISSUER": issuer}))


def test_loopback_is_this_machine_only() -> None:
    assert is_loopback("https://localhost")
    assert not is_loopback("https://localhost.example")
    assert not is_loopback("https://2130706433.example")


KEY = base64.b64encode(b"k" * 32).decode()


@pytest.mark.parametrize(
    "keys",
    [
        KEY,
        f"0:{KEY}",
        f"256:{KEY}",
        f"-1:{KEY}",
        f"{'9' * 5000}:{KEY}",
        f"１:{KEY}",
        f"1:{KEY[:-4]}",
        "1:not base64!",
        f"1:{KEY},2:short",
        f"1:{KEY},1:{base64.b64encode(b'x' * 32).decode()}",
    ],
)
def test_a_master_key_is_a_version_and_32_bytes(keys: str) -> None:
    """Mutation: the last of two keys with one version silently replaces the other."""
    (told,) = faults_of({**GOOD, "IDP_SECRETS__KEYS": keys})
    assert told.startswith("secrets.keys: ")
    assert KEY not in told


def test_no_fault_repeats_a_secret() -> None:
    """Mutation: pydantic's own error text, which quotes the input."""
    secret = "hunter2-hunter2"
    told = faults_of(
        {
            "IDP_ISSUER": f"https://user:{secret}@id.example",
            "IDP_STORAGE__DATABASE": f"mysql://idp:{secret}@db/idp",
            "IDP_STORAGE__EPHEMERAL": f"tcp://:{secret}@cache",
            "IDP_SECRETS__KEYS": f"1:{secret}",
            "IDP_SECRETS": secret,
            "IDP_SMS_HTTP__TOKEN": f"{secret} with a blank",
            "IDP_SMS_HTTP__URL": f"https://{secret}@sms.example",
            "IDP_SMTP__PASSWORD": secret,
            "IDP_SMTP__HOST": f"{secret} ",
            "IDP_SERVER__PORT": secret,
            "IDP_PASSWORDS": f"[{secret!r}]",
            "IDP_NONSENSE": secret,
        }
    )
    assert len(told) > 8
    assert secret not in "".join(told)
