"""Browsers on which a person signed in: we keep a row of each, the browser a cookie that proves which one it is.

The cookie lists the accounts that signed in there, each with the number and the secret of its row. It is sealed, so that
nobody reads in it who that was; what counts is the row. When the person has us forget the browser, the cookie says nothing
any more. Whoever steals it can sign in to nothing by it: they would read masked names, their sign-in would go without a
notice, and they would have the few guesses of that one browser (`idp.accounts.guesses`).
"""

import hmac
from dataclasses import dataclass

from pydantic_core import from_json, to_json

from idp.clock import Instant, after
from idp.entropy import random_token
from idp.events import Action, Event, Kind
from idp.jose import base64url, from_base64url
from idp.model import numbered_secret
from idp.model.account import Account, IdentifierKind
from idp.model.known_device import KnownDevice, NewKnownDevice
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.ports import Cipher, UnitOfWork
from idp.services import Services

COOKIE = "device"
MOST = 8
"""Accounts that one browser remembers, the last ones: a family's computer, not a café's."""
LISTED = 20
"""Browsers that a person is shown, the last ones; private windows make a new one each time."""
TOUCH_SECONDS = 3600
"""How coarsely the last sign-in is noted."""
_PURPOSE = "device"
_SECRET_BYTES = 16
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Entry:
    """One account in the cookie: by which of its numbers, and by what proof, it signed in there the last time."""

    account_id: int
    kind: IdentifierKind
    method: Method
    presented: str
    """`<number>.<secret>` of its row; worth nothing until the row was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A sign-in by which a browser comes to be known."""

    account_id: int
    kind: IdentifierKind
    method: Method
    device: str | None
    at: Instant


class KnownDevices:
    """Finds the row behind a cookie, and writes both."""

    def __init__(self, services: Services) -> None:
        self._cipher = services.cipher
        self._seconds = services.settings.devices.remember_seconds

    def find(
        self, unit_of_work: UnitOfWork, unverified_cookie: str | None, account_id: int, now: Instant
    ) -> KnownDevice | None:
        """This browser, if the account signed in on it, had it not forgotten, and not too long ago.

        A cookie that does not name the account costs no look-up.
        """
        entry = next((each for each in entries(self._cipher, unverified_cookie) if each.account_id == account_id), None)
        presented = None if entry is None else numbered_secret.read(entry.presented)
        found = None if presented is None else unit_of_work.known_devices.get(presented[0])
        if entry is None or found is None:
            return None
        return found if self._is_its(found, entry, now) else None

    def people(
        self, unit_of_work: UnitOfWork, unverified_cookie: str | None, most: int, now: Instant
    ) -> list[tuple[Entry, Account]]:
        """Those who signed in on this browser, the last one first."""
        found = []
        for entry in entries(self._cipher, unverified_cookie)[:most]:
            presented = numbered_secret.read(entry.presented)
            known = None if presented is None else unit_of_work.known_devices.with_person(presented[0])
            if known is not None and self._is_its(known[0], entry, now):
                found.append((entry, known[1]))
        return found

    def remember(
        self, unit_of_work: UnitOfWork, unverified_cookie: str | None, known: KnownDevice | None, arrived: Arrived
    ) -> str:
        """The cookie that knows this account, too; `known` is what `find` gave for it."""
        before = entries(self._cipher, unverified_cookie)[::-1]
        if known is None:
            presented = self._new(unit_of_work, arrived)
        else:
            presented = next(each.presented for each in before if each.account_id == known.account_id)
            self.note_shown(unit_of_work, known, arrived.method)
            if arrived.at >= after(known.last_seen_at, TOUCH_SECONDS):
                unit_of_work.known_devices.touch(known.id, arrived.at)
        new = Entry(arrived.account_id, arrived.kind, arrived.method, presented)
        kept = [*(each for each in before if each.account_id != arrived.account_id), new][-MOST:]
        lines = [(each.account_id, each.kind, each.method, each.presented) for each in kept]
        return base64url(self._cipher.seal(_PURPOSE, to_json(lines)))

    def note_shown(self, unit_of_work: UnitOfWork, known: KnownDevice, method: Method) -> None:
        """From now on this browser has tries of its own at that proof, too (`idp.interaction.counting`)."""
        if method not in known.shown:
            unit_of_work.known_devices.note_shown(known, method)

    def listed(self, unit_of_work: UnitOfWork, account_id: int, now: Instant) -> list[KnownDevice]:
        """The person's, the one seen last first."""
        return list(unit_of_work.known_devices.of_person(account_id, after(now, -self._seconds), LISTED))

    def forget_here(self, unit_of_work: UnitOfWork, unverified_cookie: str | None, now: Instant) -> None:
        """Nobody is known on this browser any more."""
        for entry, account in self.people(unit_of_work, unverified_cookie, MOST, now):
            presented = numbered_secret.read(entry.presented)
            if presented is not None:
                unit_of_work.known_devices.forget(account.id, presented[0])

    def _new(self, unit_of_work: UnitOfWork, arrived: Arrived) -> str:
        secret = random_token(_SECRET_BYTES)
        new = NewKnownDevice(
            account_id=arrived.account_id,
            secret_digest=numbered_secret.digest_of(secret),
            device=arrived.device,
            shown=frozenset({arrived.method}),
        )
        return numbered_secret.write(unit_of_work.known_devices.remember(new, arrived.at), secret)

    def _is_its(self, found: KnownDevice, entry: Entry, now: Instant) -> bool:
        presented = numbered_secret.read(entry.presented)
        if presented is None or found.account_id != entry.account_id:
            return False
        is_right = hmac.compare_digest(found.secret_digest, numbered_secret.digest_of(presented[1]))
        return is_right and now < after(found.last_seen_at, self._seconds)


def forget(unit_of_work: UnitOfWork, visitor: Visitor, device_id: int | None, now: Instant) -> int:
    """One of the person's browsers, or all of them, know them no more, from the commit on; how many those are."""
    account_id, devices = visitor.account.id, unit_of_work.known_devices
    forgotten = devices.forget_all(account_id) if device_id is None else int(devices.forget(account_id, device_id))
    if forgotten:
        unit_of_work.events.record(
            Event(
                kind=Kind.AUDIT,
                action=Action.DEVICES_FORGOTTEN,
                at=now,
                account_id=account_id,
                session_id=visitor.session.id,
                channel=visitor.session.channel,
                data={"devices": forgotten},
            )
        )
    return forgotten


def entries(cipher: Cipher, unverified_cookie: str | None) -> list[Entry]:
    """What the cookie says, the last one first."""
    if not unverified_cookie or len(unverified_cookie) > _LONGEST:
        return []
    try:
        sealed = from_base64url(unverified_cookie)
    except ValueError:
        return []
    opened = cipher.open(_PURPOSE, sealed)
    lines = [] if opened is None else from_json(opened)
    return [each for line in reversed(lines) if (each := _entry(line)) is not None]


def _entry(line: object) -> Entry | None:
    """One entry; None for what another version wrote, so that an upgrade costs a notice and no page."""
    try:
        match line:
            case [int(account_id), str(kind), str(method), str(presented)]:
                return Entry(account_id, IdentifierKind(kind), Method(method), presented)
    except ValueError:
        pass
    return None
