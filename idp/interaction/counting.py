"""On whose counter a try at a proof stands: the person's, or that of a browser which knows them (threats G02, G03, H02).

A stranger may use up the person's tries, at every door and from anywhere. Then a browser on which that person signed in
before still has a few of its own: nobody else's tries touch them, and whoever has stolen its cookie has no more than these.
It has them at a proof that the person gave on it before, and at no other: who knows the password makes as many browsers known
by it as they like, and must not have tries at the codes on each (threat H02).
"""

from dataclasses import dataclass

from idp.accounts import address_failures, guesses
from idp.accounts.tries import Paused, Wrong, after_a_wrong_one
from idp.clock import Instant
from idp.model.account import Account, Identifier
from idp.model.credential import CredentialKind
from idp.model.known_device import KnownDevice
from idp.model.policy import SENT_CODES, Method
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.known_devices import KnownDevices


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """Who is said to be proving it, with what, on which browser.

    Attributes:
        account: None: nobody has that name, which must look the same (threat G01).
        address: of the client; empty: not known, and not counted.
        factor: what is tried; it is counted by itself beside the person, and only the right one clears that.
    """

    account: Account | None
    name: Identifier
    unverified_cookie: str | None
    factor: CredentialKind | Method
    at: Instant
    address: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A try that was counted, and on which counters: the right answer clears these and no others."""

    subjects: tuple[bytes, ...]
    address: str


class Counting:
    """Counts tries before they are checked."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._devices = KnownDevices(services)

    def count(self, unit_of_work: UnitOfWork, tried: Try) -> Counted | Paused:
        """Count it, or say when the next one is allowed. Commits what it counts."""
        if (of_network := self._paused_network(unit_of_work, tried)) is not None:
            return of_network
        of_person = self._of_person(tried)
        paused = guesses.reserve_all(unit_of_work, of_person, tried.at)
        if paused is None:
            return Counted(of_person, tried.address)
        known = self.known_by_this(unit_of_work, tried)
        if known is None:
            return Paused(paused)
        of_device = self._of_device(known, tried)
        its_own = guesses.reserve_all(unit_of_work, of_device, tried.at)
        return Counted(of_device, tried.address) if its_own is None else Paused(min(paused, its_own))

    def paused(self, unit_of_work: UnitOfWork, tried: Try) -> Paused | None:
        """Until when no try is allowed, without counting one; None: one is allowed now."""
        if (of_network := self._paused_network(unit_of_work, tried)) is not None:
            return of_network
        paused = guesses.blocked_until_all(unit_of_work, self._of_person(tried), tried.at)
        known = None if paused is None else self.known_by_this(unit_of_work, tried)
        if paused is None or known is None:
            return None if paused is None else Paused(paused)
        its_own = guesses.blocked_until_all(unit_of_work, self._of_device(known, tried), tried.at)
        return None if its_own is None else Paused(min(paused, its_own))

    def wrong(self, unit_of_work: UnitOfWork, counted: Counted, now: Instant) -> Wrong | Paused:
        """What the person is told after a wrong one; where they are, it is counted, too."""
        address_failures.note_failure(self._services, counted.address, now)
        return after_a_wrong_one(unit_of_work, now, *counted.subjects)

    def right(self, unit_of_work: UnitOfWork, counted: Counted) -> None:
        """Forget what was counted: the right person came. On a known browser the stranger elsewhere waits on."""
        for subject in counted.subjects:
            unit_of_work.guesses.clear(subject)

    def known(self, unit_of_work: UnitOfWork, tried: Try) -> KnownDevice | None:
        """The browser, if it knows the person."""
        if tried.account is None:
            return None
        return self._devices.find(unit_of_work, tried.unverified_cookie, tried.account.id, tried.at)

    def known_by_this(self, unit_of_work: UnitOfWork, tried: Try) -> KnownDevice | None:
        """The browser, if the person gave on it before what is tried now."""
        known = self.known(unit_of_work, tried)
        alike = SENT_CODES if tried.factor in SENT_CODES else {tried.factor}
        return None if known is None or known.shown.isdisjoint(alike) else known

    def _paused_network(self, unit_of_work: UnitOfWork, tried: Try) -> Paused | None:
        until = address_failures.paused_until(self._services, tried.address, tried.at)
        if until is None or self.known(unit_of_work, tried) is not None:
            return None
        return Paused(until, is_of_network=True)

    def _of_person(self, tried: Try) -> tuple[bytes, ...]:
        cipher, account, name = self._services.cipher, tried.account, tried.name
        if tried.factor is CredentialKind.SLIP:  # on no other counter, see `guesses.subject_of_slips`
            return (guesses.subject_of_factor(cipher, account, name, tried.factor),)
        return guesses.subject_of(cipher, account, name), guesses.subject_of_factor(cipher, account, name, tried.factor)

    def _of_device(self, known: KnownDevice, tried: Try) -> tuple[bytes, ...]:
        cipher = self._services.cipher
        return guesses.subject_of_device(cipher, known), guesses.subject_of_device(cipher, known, tried.factor)
