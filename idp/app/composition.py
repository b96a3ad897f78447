"""Fills the ports: reads the settings with the sections of every extension, opens the stores, builds the services."""

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import connectors.channels
import connectors.messaging
from biometrics import authenticator_metadata
from biometrics.authenticator_metadata import AuthenticatorMetadata, MetadataFault
from biometrics.webauthn import WebAuthn
from idp.app import sources
from idp.app.registrations import ClientMetadataRegistrations
from idp.clock import Clock, system_clock
from idp.factors.citizen_card import SignedCards, read_issuers
from idp.factors.hashing_pool import HashingPool
from idp.factors.lost_cards import LostCards
from idp.factors.message_code import OutboxMessageCodes
from idp.factors.one_time_code import AuthenticatorCodes
from idp.factors.password import Argon2Passwords
from idp.factors.password_list import SHIPPED, PasswordList
from idp.factors.printed_code import recovery_codes, slips
from idp.fetch import Fetcher
from idp.http.network_list import NetworkList
from idp.http.network_places import NetworkPlaces, PlacesFault
from idp.keys.ring import KeyRing
from idp.model.channel import Channel
from idp.model.message import Medium
from idp.model.policy import PASSKEYS, Level, Method
from idp.policy.rules import Rule
from idp.ports import Carrier, CarrierExtension, Cipher, Ephemeral
from idp.registry import discover
from idp.services import Services
from idp.settings import Settings, SettingsFault, compose, load
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage, open_stores

_SECONDS_A_REQUEST_WAITS = 2.5
"""For an address that a client named; the same request has other things to do within the three seconds it may take."""

_VERSION = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)


def load_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings, with the sections of all carriers known; raises `SettingsFault` with everything that is wrong."""
    carriers, known = _carriers(), sources.found()

    def faults_between(settings: Settings) -> list[str]:
        _, key_faults = _read_master_keys(settings)
        of_extensions = (
            _channel_faults(settings),
            _carrier_faults(settings, carriers),
            sources.faults_in(settings, known),
        )
        return list(chain(settings.cross_faults(), key_faults, *of_extensions))

    of_carriers = {name: carrier.settings for name, carrier in carriers.items()}
    model = compose({**of_carriers, **{name: source.settings for name, source in known.items()}})
    return load(path, environment, model, faults_between)


@dataclass(frozen=True)
class Installation:
    """One set of settings with everything that was opened for it."""

    settings: Settings
    services: Services
    storage: Storage
    carriers: Mapping[Medium, Carrier]

    @property
    def report_tokens(self) -> tuple[str, ...]:
        """What the gateways of the chosen carriers show when they report."""
        sections = (self.settings.section(name) for name in _chosen(self.settings).values())
        tokens = (getattr(section, "report_token", None) for section in sections)
        return tuple(token.get_secret_value() for token in tokens if token is not None)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The security officers' first rules, from the settings."""
        return tuple(
            Rule(
                name=rule.name,
                client_ids=frozenset(rule.client_ids),
                channels=frozenset(rule.channels),
                scopes=frozenset(rule.scopes),
                level=Level(rule.level),
                max_age=rule.max_age,
                asks_consent=rule.asks_consent,
            )
            for rule in self.settings.policy.rules
        )


def install(settings: Settings, clock: Clock = system_clock) -> Installation:
    """Open the stores and build the services; nothing is connected before its first use."""
    cipher = FieldCipher(master_keys(settings))
    storage = _stores(settings, cipher, clock)
    with _told_as_fault("messaging, fetch: a carrier cannot be built; look at its files and at fetch.allowed_origins"):
        carriers = _build_carriers(settings)
    face, registers = sources.build(settings, storage.ephemeral, cipher, clock)
    services = Services(
        settings=settings,
        clock=clock,
        begin=storage.begin,
        audit_log=storage.audit_log,
        ephemeral=storage.ephemeral,
        cipher=cipher,
        signer=KeyRing(storage.begin, clock),
        registrations=ClientMetadataRegistrations(settings.profiles),
        passwords=_passwords(settings),
        known_passwords=_known_passwords(settings),
        message_codes=_message_codes(settings, storage.ephemeral, cipher, carriers),
        one_time_codes=AuthenticatorCodes(),
        passkeys=_passkeys(settings),
        recovery_codes=recovery_codes(cipher),
        slips=slips(cipher),
        fetcher=Fetcher(allowed_origins=settings.fetch.allowed_origins, timeout=_SECONDS_A_REQUEST_WAITS),
        channels=_channels(settings),
        methods=_methods(settings, carriers),
        face=face,
        sources=registers,
        listed_networks=_listed_networks(settings),
        places=_places(settings),
        citizen_cards=_citizen_cards(settings),
    )
    return Installation(settings, services, storage, carriers)


def _stores(settings: Settings, cipher: FieldCipher, clock: Clock) -> Storage:
    """Both stores; from now on the cipher writes under the key that the database says."""
    with _told_as_fault("storage: an address cannot be read; look at its port and at special characters in it"):
        storage = open_stores(
            settings.storage.database,
            settings.storage.ephemeral,
            cipher,
            clock,
            directory=Path(settings.state_directory),
        )
    cipher.follow(storage.key_in_force)
    return storage


def _methods(settings: Settings, carriers: Mapping[Medium, Carrier]) -> frozenset[Method]:
    """Those behind which something stands here."""
    by_message = {_METHOD[medium] for medium in carriers if medium in _METHOD}
    passkeys = PASSKEYS if can_have_passkeys(settings.issuer) else frozenset()
    cards = frozenset() if settings.citizen_cards is None else frozenset({Method.CITIZEN_CARD})
    face = frozenset({Method.FACE}) if settings.sources.face is not None else frozenset()
    return _OURS | by_message | passkeys | cards | face


def can_have_passkeys(issuer: str) -> bool:
    """Whether browsers make passkeys for this address: they belong to a name, not to a number (WebAuthn §5.1.2)."""
    host = urlsplit(issuer).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False


def _message_codes(
    settings: Settings, ephemeral: Ephemeral, cipher: Cipher, carriers: Mapping[Medium, Carrier]
) -> OutboxMessageCodes:
    return OutboxMessageCodes(
        ephemeral,
        cipher,
        carriers,
        service=f"{settings.city.name}{settings.city.service_name}",
        host=urlsplit(settings.issuer).hostname or "",
    )


def _passkeys(settings: Settings) -> WebAuthn:
    issuer = urlsplit(settings.issuer)
    return WebAuthn(
        rp_id=issuer.hostname or "",
        origin=f"{issuer.scheme}://{issuer.netloc}",
        name=f"{settings.city.name}{settings.city.service_name}",
        metadata=_authenticator_metadata(settings),
    )


def _citizen_cards(settings: Settings) -> SignedCards | None:
    chosen = settings.citizen_cards
    if chosen is None:
        return None
    with _told_as_fault("citizen_cards.anchors: name a file with certificates in PEM of those who issue cards"):
        issuers = read_issuers(chosen.anchors.read_bytes())
    with _told_as_fault("citizen_cards.lost_list: name a file with one serial number a line; # begins a remark"):
        lost = LostCards(chosen.lost_list)
    return SignedCards(
        issuers, lost, pin_policy_oid=chosen.pin_policy_oid, origin=settings.issuer, bridge=chosen.bridge
    )


def _authenticator_metadata(settings: Settings) -> AuthenticatorMetadata | None:
    blob, root = settings.passkeys.metadata_blob, settings.passkeys.metadata_root
    if blob is None or root is None:
        return None
    try:
        return authenticator_metadata.load(blob, root)
    except MetadataFault as fault:
        raise SettingsFault([f"passkeys: {fault}"]) from None


def _known_passwords(settings: Settings) -> PasswordList:
    with _told_as_fault("passwords.breached_list: the list cannot be read; build it by `idp passwords build-list`"):
        return PasswordList(Path(settings.passwords.breached_list or SHIPPED))


def _passwords(settings: Settings) -> Argon2Passwords:
    chosen = settings.passwords
    with _told_as_fault("state_directory: it cannot be made or is a file; name a directory that we may write"):
        pool = HashingPool(
            Path(settings.state_directory),
            slots=chosen.slots,
            places=max(1, settings.server.threads // 2),
            wait_seconds=chosen.wait_seconds,
        )
    return Argon2Passwords(pool, memory_kib=chosen.memory_kib, iterations=chosen.iterations)


def _listed_networks(settings: Settings) -> NetworkList | None:
    path = settings.risk.listed_networks
    with _told_as_fault("risk.listed_networks: name a file with one address or network a line; # begins a remark"):
        return None if path is None else NetworkList(Path(path).read_text("utf-8").splitlines())


def _places(settings: Settings) -> NetworkPlaces | None:
    if settings.risk.places is None:
        return None
    try:
        # Bytes that are no UTF-8 are a fault of their line.
        with Path(settings.risk.places).open(encoding="utf-8-sig", errors="surrogateescape") as lines:
            return NetworkPlaces(lines)
    except PlacesFault as fault:
        raise SettingsFault([f"risk.places: {fault}"]) from None
    except (OSError, ValueError):
        raise SettingsFault(["risk.places: the file cannot be read; name one that we may read"]) from None


_OURS = frozenset({Method.PASSWORD, Method.ONE_TIME_CODE, Method.RECOVERY_CODE})
"""What needs nobody but us."""
_METHOD = {Medium.SMS: Method.MESSAGE_CODE, Medium.MAIL: Method.MAIL_CODE}
"""Voice is another way of the first: without text messages nobody is called."""


def master_keys(settings: Settings) -> Mapping[int, bytes]:
    """The versioned master keys; raises `SettingsFault` when one is not `version:base64 of 32 bytes`."""
    keys, faults = _read_master_keys(settings)
    if faults:
        raise SettingsFault(faults)
    return keys


def _read_master_keys(settings: Settings) -> tuple[Mapping[int, bytes], list[str]]:
    keys: dict[int, bytes] = {}
    for entry in settings.secrets.keys.get_secret_value().replace(",", "\n").split():
        version, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not (_VERSION.fullmatch(version) and int(version) < 256 and len(key) == 32):
            return {}, ["secrets.keys: write each key as <version 1-255>:<base64 of 32 random bytes>"]
        if int(version) in keys:
            return {}, [f"secrets.keys: there are two keys of version {int(version)}; keep the one that was used"]
        keys[int(version)] = key
    return keys, [] if keys else ["secrets.keys: name at least one key, as 1:<base64 of 32 random bytes>"]


@contextmanager
def _told_as_fault(fault: str) -> Iterator[None]:
    """What only shows when something is opened is told like every other fault; the error's text may hold a secret."""
    try:
        yield
    except (OSError, ValueError):
        raise SettingsFault([fault]) from None


def _carriers() -> Mapping[str, CarrierExtension[Any]]:
    return discover(connectors.messaging, "CARRIER", CarrierExtension)


def _build_carriers(settings: Settings) -> Mapping[Medium, Carrier]:
    fetcher = Fetcher(allowed_origins=settings.fetch.allowed_origins)
    built = {}
    for medium, name in _chosen(settings).items():
        built[medium] = _carriers()[name].build(settings.section(name), fetcher)
    return built


def _chosen(settings: Settings) -> Mapping[Medium, str]:
    """The names of the carriers by what they carry."""
    named = {medium: getattr(settings.messaging, medium.value) for medium in Medium}
    return {medium: name for medium, name in named.items() if name is not None}


def _channels(settings: Settings) -> Mapping[str, Channel]:
    found = discover(connectors.channels, "CHANNEL", Channel)
    return {name: found[name] for name in settings.channels}


def _channel_faults(settings: Settings) -> list[str]:
    found = discover(connectors.channels, "CHANNEL", Channel)
    known = ", ".join(sorted(found))
    return [
        f"channels: there is no channel {name!r}; choose from {known}"
        for name in settings.channels
        if name not in found
    ]


def _carrier_faults(settings: Settings, carriers: Mapping[str, CarrierExtension[Any]]) -> list[str]:
    faults = []
    for medium, name in _chosen(settings).items():
        setting = medium.value
        extension = carriers.get(name)
        if extension is None or extension.medium is not medium:
            known = ", ".join(sorted(key for key, value in carriers.items() if value.medium is medium))
            faults.append(f"messaging.{setting}: there is no such carrier; choose from {known}")
            continue
        if settings.section(name) is None:
            faults.append(f"{name}: the section of the carrier chosen in messaging.{setting} is missing")
        if extension.is_sandbox and not settings.is_loopback:
            faults.append(f"messaging.{setting}: the sandbox carrier serves a loopback issuer only; choose a real one")
    if settings.messaging.voice is not None and settings.messaging.sms is None:
        faults.append("messaging.voice: calls are another way beside text messages; set messaging.sms, too")
    return faults
