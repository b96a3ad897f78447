"""An installation with both carriers, a person with both ways, and the notices that wait to leave."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from idp.app import Installation
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.message import OutboxItem
from tests.idp.installed import PHONE, Moment, identifiers, installed, new_person
from tests.plugins.private_servers import StorageUrls

MAIL = "xiaosan@example.org"
WITH_MAIL = {
    "IDP_MESSAGING__MAIL": "smtp",
    "IDP_SMTP__HOST": "localhost",
    "IDP_SMTP__SECURITY": "none",
    "IDP_SMTP__SENDER": "id@city.example",
}
_LINK = re.compile(r"https?://[^\s]+/freeze/[\w-]+")


@contextmanager
def with_both_carriers(urls: StorageUrls, directory: Path, clock: Moment) -> Iterator[Installation]:
    """SMS and mail are configured."""
    opened = installed(urls, directory, clock, **WITH_MAIL)
    yield opened
    opened.storage.close()


def person_with(installation: Installation, *verified: IdentifierKind) -> Account:
    """Somebody with a phone and a mail address, of which they proved those."""
    mail = Identifier(IdentifierKind.EMAIL, MAIL)
    account = new_person(installation, *identifiers(), mail)
    values = {IdentifierKind.PHONE: f"+86{PHONE}", IdentifierKind.EMAIL: MAIL}
    with installation.services.begin() as unit_of_work:
        for kind in verified:
            unit_of_work.accounts.verify(account.id, Identifier(kind, values[kind]), installation.services.clock())
        unit_of_work.commit()
    return account


def notices_of(installation: Installation) -> list[OutboxItem]:
    """The notices that nobody took before, the oldest first."""
    with installation.services.begin() as unit_of_work:
        items = unit_of_work.outbox.claim(installation.services.clock(), lease_seconds=10**6, limit=100)
        unit_of_work.commit()
    return [item for item in items if (item.lane or "").startswith("notice ")]


def link_in(text: str) -> str:
    """The path of the link that freezes."""
    found = _LINK.search(text)
    assert found is not None, text
    return urlsplit(found[0]).path
