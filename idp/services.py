"""What every request handler is given: one value, built once by `app`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from idp.clock import Clock
from idp.fetch import Fetcher
from idp.http.cookies import CookieJar
from idp.http.network_list import NetworkList
from idp.http.network_places import NetworkPlaces
from idp.model.channel import Channel
from idp.model.policy import Method
from idp.ports import (
    AuditLog,
    BeginUnitOfWork,
    CardSignatures,
    Cipher,
    ClientRegistrations,
    Ephemeral,
    FaceChecks,
    KnownPasswords,
    MessageCodes,
    OneTimeCodes,
    PasskeyCeremonies,
    PasswordHasher,
    PrintedCodes,
    Registers,
    Signer,
)
from idp.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Services:
    """The filled ports, the settings and the clock.

    Attributes:
        audit_log: opens the log as its sealer reads it; for one thread.
        fetcher: calls out while a request waits, and gives up soon.
        face: an authority that compares faces; None: nobody's face is asked for.
        sources: the registers and authorities that verify who people are, and what organisations are.
        listed_networks: those from which sign-ins are to be noted; None: the operator has no list.
        places: where networks are; None: the operator has no file of it.
        citizen_cards: what citizen cards sign is verified by it; None: no card issuer is named here.
        methods: authentication methods that work on this installation, since a carrier or a pool stands behind them.
    """

    settings: Settings
    clock: Clock
    begin: BeginUnitOfWork
    audit_log: Callable[[], AuditLog]
    ephemeral: Ephemeral
    cipher: Cipher
    signer: Signer
    registrations: ClientRegistrations
    passwords: PasswordHasher
    known_passwords: KnownPasswords
    message_codes: MessageCodes
    one_time_codes: OneTimeCodes
    passkeys: PasskeyCeremonies
    recovery_codes: PrintedCodes
    slips: PrintedCodes
    fetcher: Fetcher
    channels: Mapping[str, Channel]
    methods: frozenset[Method]
    listed_networks: NetworkList | None = None
    places: NetworkPlaces | None = None
    citizen_cards: CardSignatures | None = None
    face: FaceChecks | None = None
    sources: Registers = field(default_factory=Registers)

    @property
    def cookies(self) -> CookieJar:
        """Cookie names and flags of this issuer."""
        return CookieJar(is_secure=self.settings.issuer.startswith("https://"))
