"""An installation inside the test's own process: real stores, cheap hashing, and a clock that a test moves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from idp.accounts.slip import issue
from idp.app import Installation, install, load_settings
from idp.clock import Clock, Instant
from idp.model.account import Account, AccountStatus, Identifier, IdentifierKind, NewAccount
from idp.model.credential import CredentialKind
from idp.model.interaction import AuthorizationRequest
from idp.model.policy import Level, Proofing
from tests.plugins.private_servers import StorageUrls

MASTER_KEY = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"""The key of the `cipher` fixture, as settings write it."""
NOW = Instant(1_790_000_000)
PHONE = "13900000001"
CITIZEN_ID = "890101199003070011"
NAME = "张小三"
PASSWORD = "a pass phrase of a test"


@dataclass
class Moment:
    """A clock that stands still until a test moves it."""

    now: Instant = NOW

    def __call__(self) -> Instant:
        return self.now

    def pass_by(self, seconds: int) -> Instant:
        """Let so many seconds pass; the moment after them."""
        self.now = Instant(self.now + seconds)
        return self.now


def environment(urls: StorageUrls, directory: Path, **changes: str) -> Mapping[str, str]:
    """Settings as `IDP_*` variables: a loopback issuer with an SMS gateway that is never called."""
    return {
        "IDP_ISSUER": "http://localhost:8000",
        "IDP_STATE_DIRECTORY": str(directory),
        "IDP_STORAGE__DATABASE": urls.database,
        "IDP_STORAGE__EPHEMERAL": urls.ephemeral,
        "IDP_SECRETS__KEYS": MASTER_KEY,
        "IDP_PASSWORDS__MEMORY_KIB": "64",
        "IDP_PASSWORDS__ITERATIONS": "1",
        "IDP_SANDBOX__ENABLED": "true",
        "IDP_PROFILES": '["gov-high", "gov-standard", "legacy"]',
        "IDP_MESSAGING__SMS": "sms_http",
        "IDP_SMS_HTTP__URL": "https://sms.example",
        "IDP_SMS_HTTP__TOKEN": "token-of-the-gateway",
        **changes,
    }


def installed(urls: StorageUrls, directory: Path, clock: Clock, **changes: str) -> Installation:
    """Everything opened over these stores."""
    return install(load_settings(None, environment(urls, directory, **changes)), clock)


def identifiers(phone: str = PHONE, citizen_id: str | None = CITIZEN_ID) -> tuple[Identifier, ...]:
    """A phone, and a citizen number where there is one."""
    known = Identifier(IdentifierKind.PHONE, f"+86{phone}")
    return (known,) if citizen_id is None else (known, Identifier(IdentifierKind.CITIZEN_ID, citizen_id))


def new_person(installation: Installation, *names: Identifier, phc: str | None = None, **changes: Any) -> Account:
    """Somebody who can sign in by `PASSWORD`, or by the password of an imported hash."""
    services = installation.services
    now = services.clock()
    wanted = NewAccount(
        name=NAME,
        identifiers=names or identifiers(),
        proofing=Proofing.P2,
        proofed_at=now,
        is_sandbox=False,
        created_at=now,
    )
    secret = phc or services.passwords.hash(PASSWORD)
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.create(replace(wanted, **changes))
        unit_of_work.credentials.put(account.id, CredentialKind.PASSWORD, secret, now)
        unit_of_work.commit()
    return account


def freeze(installation: Installation, account: Account) -> None:
    """An officer stops the account."""
    with installation.services.begin() as unit_of_work:
        unit_of_work.accounts.move(account.id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
        unit_of_work.commit()


def code_that_left(installation: Installation) -> str:
    """The code in the newest message that has one (notices do not), as a worker would hand it to the carrier."""
    with installation.services.begin() as unit_of_work:
        now = installation.services.clock()
        items = unit_of_work.outbox.claim(now, lease_seconds=60, limit=100)
        unit_of_work.commit()
    texts = [item.payload["text"] for item in items]
    found = [code[0] for text in texts if (code := re.search(r"\b[0-9]{6}\b", text, re.ASCII))]
    assert found, texts
    return found[-1]


def request(**changes: Any) -> AuthorizationRequest:
    """A verified authorization request."""
    asked = AuthorizationRequest(
        client_id="housing-fund",
        redirect_uri="https://app.example/callback",
        response_type="code",
        response_mode="query",
        scope=("openid", "profile"),
        code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    )
    return replace(asked, **changes)


def new_slip(installation: Installation, account: Account, level: Level = Level.TWO) -> str:
    """The code of a slip that a window hands out now."""
    services = installation.services
    with services.begin() as unit_of_work:
        issued = issue(services, unit_of_work, account, level, services.clock())
        unit_of_work.commit()
    return issued.code
