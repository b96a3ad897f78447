"""The sections of the tree, what each setting means, and what must hold between them."""

import ipaddress
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, create_model, field_validator, model_validator

from idp.settings.citizen_cards import CitizenCards
from idp.settings.mandates import Mandates
from idp.settings.mutual_tls import MutualTls
from idp.settings.proofing import Proofing
from idp.settings.release import Release
from idp.settings.section import Section
from idp.settings.sources import Sources


class Server(Section):
    """Where and with how many processes we listen."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=256)] = 2
    threads: Annotated[int, Field(ge=1, le=128)] = 16
    """Threads of each process; each holds a connection to the database."""
    management_host: str = "127.0.0.1"
    management_port: Annotated[int, Field(ge=1, le=65535)] = 9000
    """Health and metrics; never to be reached from outside."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of our own reverse proxies; `X-Forwarded-For` of any other peer is ignored."""


class Storage(Section):
    """Which stores we use. Only URLs differ between a laptop and a city."""

    database: Annotated[str, Field(repr=False)]
    """`sqlite:////path/idp.db` or `postgresql://user@host/name`."""
    ephemeral: Annotated[str, Field(repr=False)]
    """`sqlite:////path/ephemeral.db` (never the same file as `database`), `redis://host:6379/0`, or `memory:`."""

    @field_validator("database")
    @classmethod
    def _database_is_known(cls, url: str) -> str:
        if not url.startswith(_DATABASES):
            raise ValueError("write it as sqlite:////absolute/path or postgresql://user@host/name")
        return url

    @field_validator("ephemeral")
    @classmethod
    def _ephemeral_store_is_known(cls, url: str) -> str:
        if url != "memory:" and not url.startswith((*_DATABASES, "redis://", "rediss://")):
            raise ValueError("write it as redis://host:6379/0 or sqlite:////absolute/path")
        return url

    @property
    def is_shared(self) -> bool:
        """Whether both stores are one and the same, however their addresses are spelled."""
        one, other = (_place(url) for url in (self.database, self.ephemeral))
        return one == other


class Secrets(Section):
    """What must never be in a log."""

    keys: SecretStr
    """Master keys as `1:<base64 of 32 bytes>`, comma or line separated; the highest version encrypts."""


class CityWords(Section):
    """What people read on every page, in one language."""

    name: str
    service_name: str
    hall_name: str
    hall_hours: str
    hall_address: str
    hotline_hours: str


class City(CityWords):
    """The city that runs the service; its Chinese words, and its English ones where it has them."""

    hotline: str = "12345"
    home: str = "/"
    """Where a person goes who is not on the way to any app."""
    english: CityWords | None = None


CITY_OF_THE_DEMO = City(
    name="云江市",
    service_name="一证",
    hall_name="城东政务服务大厅",
    hall_hours="周一至周六 9:00–17:00",
    hall_address="江岸路 18 号",
    hotline_hours="24 小时，有人接听",
    english=CityWords(
        name="Yunjiang",
        service_name="Yizheng",
        hall_name="Chengdong Service Hall",
        hall_hours="Mon–Sat 9:00–17:00",
        hall_address="18 Jiang'an Road",
        hotline_hours="24 hours, answered by people",
    ),
)


class Tokens(Section):
    """Lifetimes in seconds."""

    authorization_code: Annotated[int, Field(ge=10, le=60)] = 60
    pushed_request: Annotated[int, Field(ge=10, lt=600)] = 90
    """How long after pushing its request an app may take to send the person here."""
    access_token: Annotated[int, Field(ge=60, le=3600)] = 600
    """JWT access tokens live at most ten minutes, whatever stands here: nobody can call them back everywhere."""
    id_token: Annotated[int, Field(ge=60, le=3600)] = 600
    refresh_token: Annotated[int, Field(ge=600, le=366 * 86_400)] = 180 * 86_400
    """How long an app may go on refreshing after one sign-in, however often it does."""
    refresh_idle: Annotated[int, Field(ge=600, le=366 * 86_400)] = 30 * 86_400
    """How long a refresh token may rest unused."""


class Keys(Section):
    """The calendar of the signing keys, in seconds."""

    publish_ahead: Annotated[int, Field(ge=0)] = 86_400
    """How long the next key is published before it signs: at least as long as apps cache our JWKS."""
    retain: Annotated[int, Field(ge=3600)] = 172_800
    """How long a retired key is still published."""


class Passwords(Section):
    """Argon2id: OWASP's parameters, and how much of the machine hashing may take."""

    memory_kib: Annotated[int, Field(ge=8)] = 19_456
    iterations: Annotated[int, Field(ge=1)] = 2
    slots: Annotated[int, Field(ge=1, le=64)] = 1
    """How many hashes run at once, over all processes of this machine."""
    wait_seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
    """How long a sign-in may wait for its turn before it is told to come back."""
    breached_list: str | None = None
    """A file of `idp passwords build-list`: what stands in it nobody may choose; without one, the few we ship."""
    staff_shortest: Annotated[int, Field(ge=8, le=64)] = 12
    """Characters of a password of somebody who works for the city."""
    staff_kinds: Annotated[int, Field(ge=1, le=4)] = 3
    """Of how many kinds these must be: capital letters, small ones, digits, all others."""
    staff_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """After how many days they must set another one."""
    staff_remembered: Annotated[int, Field(ge=0, le=24)] = 5
    """How many of those before they may not choose again."""


class Passkeys(Section):
    """Metadata of authenticators, from a blob of the FIDO Metadata Service that an operator fetched."""

    metadata_blob: Path | None = None
    metadata_root: Path | None = None
    """The certificate that the blob's signature must lead to, in PEM or DER."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.metadata_blob is None) != (self.metadata_root is None):
            raise ValueError("metadata_blob and metadata_root belong together: name both, or none")
        return self


class Sandbox(Section):
    """Made-up people, numbers of province 89, demo hooks: for a loopback issuer only."""

    enabled: bool = False


class RuleSettings(Section):
    """One rule of the security officers; it can only tighten."""

    name: str
    client_ids: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    level: Annotated[int, Field(ge=0, le=5)] = 0
    max_age: Annotated[int, Field(ge=0)] | None = None
    asks_consent: bool = False


class Policy(Section):
    """The level table (proofing, authentication) per level, and the first rules."""

    levels: Mapping[int, tuple[int, int]] = {1: (0, 1), 2: (1, 1), 3: (2, 1), 4: (3, 2), 5: (4, 3)}
    acr_prefix: str = "urn:yizheng:level:"
    rules: tuple[RuleSettings, ...] = ()

    @field_validator("levels")
    @classmethod
    def _levels_are_known(cls, levels: Mapping[int, tuple[int, int]]) -> Mapping[int, tuple[int, int]]:
        if set(levels) != {1, 2, 3, 4, 5}:
            raise ValueError("name each of the levels 1 to 5 once")
        if any(not (0 <= proofing <= 4 and 1 <= factor <= 3) for proofing, factor in levels.values()):
            raise ValueError("each level is [proofing 0-4, authentication 1-3]")
        return levels


class Fetch(Section):
    """The one outbound fetcher."""

    allowed_origins: frozenset[str] = frozenset()
    """Origins that may be http or private, exactly as written: `http://127.0.0.1:8003`."""
    jwks_refresh_delay: Annotated[int, Field(ge=1, le=60)] = 30
    """Seconds between two fetches of one app's `jwks_uri`, however many unknown keys are named to us."""


class Delivery(Section):
    """The worker that lets messages and news of sign-outs leave."""

    threads: Annotated[int, Field(ge=1, le=64)] = 12
    """How many leave at once; each holds a connection to the database. A receiver who hangs holds a quarter at most."""


class Retention(Section):
    """What has ended is deleted so many days later; the event log only by `idp audit expire`."""

    ended_days: Annotated[int, Field(ge=1, le=3650)] = 180
    """Sessions that ended, what was authorized in them and is dead, and recoveries: people see what came of them so long."""
    outbox_days: Annotated[int, Field(ge=1, le=366)] = 30
    """What has left, and what was given up: the time an operator has to look at it."""
    audit_days: Annotated[int, Field(ge=183, le=36_500)] = 1096
    """The event log, from the day on which events were sealed: three years. The law wants six months at least."""


class Audit(Section):
    """Who seals the log, and where what proves it is kept."""

    key: SecretStr | None = None
    """The sealer's private key (`idp audit key` makes one), which nobody else may read; not set: the log is not sealed here."""
    anchors: Path | None = None
    """The file that the digest of each seal is added to; best on another machine. Not set: a cut-off end cannot be proven."""


class Addresses(Section):
    """What one address may get wrong (threat G02): an IPv4 address, or the /64 of an IPv6 one."""

    failures_per_hour: Annotated[int, Field(ge=20)] = 300
    """Wrong passwords and codes within an hour, over all people, before whoever comes from there has to wait."""


class Risk(Section):
    """What the risk of a sign-in is told from, offline; so far it is written down and decides nothing."""

    listed_networks: str | None = None
    """A file with one address or network a line, from which sign-ins are to be noted."""
    places: str | None = None
    """A file that tells where networks are, as `idp.http.network_places` reads it."""


class Devices(Section):
    """What we remember of the browsers that people sign in on; of a shared computer nothing, whatever stands here."""

    remember_seconds: Annotated[int, Field(ge=86_400, le=400 * 86_400)] = 400 * 86_400
    """How long after the last sign-in on it a browser is known: browsers keep a cookie for 400 days at most."""


class Recovery(Section):
    """Getting back in without what one signed in with."""

    slip_level: Annotated[int, Field(ge=1, le=3)] = 2
    """What an account is worth at most, for as long as `capped_seconds`, after a window's slip was used."""
    capped_seconds: Annotated[int, Field(ge=3600, le=30 * 86_400)] = 86_400
    """How long it is held there: time to object for whoever was told and did not ask for a slip."""
    lost_phone_seconds: Annotated[int, Field(ge=86_400, le=30 * 86_400)] = 3 * 86_400
    """How long a new phone waits before it takes the place of a lost one, on the word of who has one proof left."""


class Messaging(Section):
    """Which carrier brings which kind of message; its own settings stand in a section of its name."""

    sms: str | None = None
    mail: str | None = None
    voice: str | None = None


class Messages(Section):
    """How many messages may leave (threat K08); each bill is the city's, and each ringing phone a person's."""

    per_destination_hour: Annotated[int, Field(ge=1)] = 5
    per_destination_day: Annotated[int, Field(ge=1)] = 10
    per_device_day: Annotated[int, Field(ge=1)] = 20
    per_address_hour: Annotated[int, Field(ge=1)] = 60
    """An IPv4 address, or the /64 of an IPv6 one; many people may share one behind their carrier's door."""
    per_day: Annotated[int, Field(ge=1)] = 100_000
    allowed_prefixes: tuple[str, ...] = ("+86",)
    """How a phone must begin, canonically, for anything to be sent to it: others may cost a hundred times as much."""

    @field_validator("allowed_prefixes")
    @classmethod
    def _prefixes_are_canonical(cls, prefixes: tuple[str, ...]) -> tuple[str, ...]:
        if not all(prefix.startswith("+") and prefix[1:].isascii() and prefix[1:].isdigit() for prefix in prefixes):
            raise ValueError("write each as +86 or +86139")
        return prefixes


class Settings(Section):
    """The whole tree."""

    issuer: str
    server: Server = Server()
    storage: Storage
    secrets: Secrets
    city: City = CITY_OF_THE_DEMO
    channels: tuple[str, ...] = ("website", "app")
    profiles: Annotated[tuple[Literal["gov-high", "gov-standard", "legacy"], ...], Field(min_length=1)] = (
        "gov-high",
        "gov-standard",
    )
    """Which client profiles may come: discovery tells what they allow together, each client is held to its own."""
    messaging: Messaging = Messaging()
    messages: Messages = Messages()
    sources: Sources = Sources()
    proofing: Proofing = Proofing()
    mandates: Mandates = Mandates()
    delivery: Delivery = Delivery()
    retention: Retention = Retention()
    audit: Audit = Audit()
    devices: Devices = Devices()
    addresses: Addresses = Addresses()
    risk: Risk = Risk()
    recovery: Recovery = Recovery()
    release: Release = Release()
    tokens: Tokens = Tokens()
    keys: Keys = Keys()
    passwords: Passwords = Passwords()
    passkeys: Passkeys = Passkeys()
    citizen_cards: CitizenCards | None = None
    policy: Policy = Policy()
    fetch: Fetch = Fetch()
    mutual_tls: MutualTls | None = None
    sandbox: Sandbox = Sandbox()
    log_format: Literal["json", "text"] = "json"
    state_directory: str = "."
    """Where this machine's processes share locks and metrics; nothing durable."""

    @field_validator("issuer")
    @classmethod
    def _issuer_is_an_origin(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        is_plain = issuer.isascii() and issuer == f"{parts.scheme}://{parts.netloc.lower()}" and "@" not in issuer
        if not (is_plain and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0):
            raise ValueError("write it as https://host[:port], in lower case, without a path or a trailing slash")
        if parts.scheme != "https" and not is_loopback(issuer):
            raise ValueError("a public issuer must be https; http is for localhost only")
        return issuer

    def cross_faults(self) -> Sequence[str]:
        """Faults between settings that are each well-formed."""
        faults = []
        if self.sandbox.enabled and not is_loopback(self.issuer):
            faults.append("sandbox.enabled: sandbox parts run on a loopback issuer only; take it out or use localhost")
        if self.storage.is_shared:
            faults.append("storage.ephemeral: must not be the file of storage.database (the two would lock each other)")
        if self.mutual_tls is not None and not set(self.mutual_tls.fronts) <= set(self.server.trusted_proxies):
            faults.append("mutual_tls.fronts: name each of them in server.trusted_proxies as well")
        if self.storage.ephemeral == "memory:" and self.server.workers > 1:
            faults.append("storage.ephemeral: memory: works with server.workers = 1 only; use a file or redis://")
        return faults

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the issuer."""
        return is_loopback(self.issuer)

    def section(self, name: str) -> BaseModel | None:
        """The settings of an extension, if it has a section."""
        value = getattr(self, name, None)
        return value if isinstance(value, BaseModel) else None


def is_loopback(issuer: str) -> bool:
    """Whether the issuer's host is this machine (RFC 8252 §7.3 and RFC 6761 §6.3)."""
    host = urlsplit(issuer).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def compose(extensions: Mapping[str, type[BaseModel]]) -> type[Settings]:
    """The tree with one optional section for each enabled extension."""
    fields: dict[str, Any] = {name: (model | None, None) for name, model in extensions.items()}
    return create_model("ComposedSettings", __base__=Settings, **fields)


_DATABASES = ("sqlite:////", "postgresql://")


def _place(url: str) -> str:
    return str(Path(url.removeprefix("sqlite:///")).resolve()) if url.startswith("sqlite:") else url
