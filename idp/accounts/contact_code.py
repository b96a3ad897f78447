"""A code to a phone or mail address that somebody wants to be reached by from now on: it proves that they hold it.

Bound to the person, to the place where they asked for it, and to what it was sent to: it works for nothing else (threats
G05, G10, H08). Under the budgets of the sign-in (threat K08); guesses at it count apart from those at a sign-in, so that
nobody locks themselves out by a typing error.
"""

from dataclasses import dataclass

from idp.accounts import guesses
from idp.accounts.message_budget import Asker, spend
from idp.accounts.tries import Expired, Paused, Wrong, after_a_wrong_one
from idp.clock import Instant
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.message import Medium
from idp.ports import CodeCheck, CodeOrder, CodePurpose, UnitOfWork
from idp.services import Services

MEDIUM = {IdentifierKind.PHONE: Medium.SMS, IdentifierKind.EMAIL: Medium.MAIL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """By what somebody wants to be reached.

    Attributes:
        place: the session or the interaction in which it was asked for, named so that no two are alike.
        counter: on which guesses at the codes are counted: who is signed in must not pause who comes with a slip.
    """

    account: Account
    new: Identifier
    place: str
    at: Instant
    counter: str = "contact"


@dataclass(frozen=True, slots=True)
class Right:
    """It is theirs."""


class ContactCodes:
    """Sends and checks."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def send(self, unit_of_work: UnitOfWork, wanted: Wanted, *, language: str, address: str) -> str | Paused:
        """Promise a code, whoever has the destination; its challenge. `address` is the client's.

        Raises `Unavailable` where nothing can be sent.
        """
        account, now = wanted.account, wanted.at
        if paused := guesses.blocked_until(unit_of_work, self._subject(wanted), now):
            return Paused(paused)
        asker = Asker(f"account {account.id}", address)
        if not account.is_sandbox and (until := spend(self._services, wanted.new.value, asker, now)):
            return Paused(until)
        order = CodeOrder(
            interaction_id=self._binding(wanted),
            account_id=account.id,
            medium=MEDIUM[wanted.new.kind],
            destination=wanted.new.value,
            destination_is_sandbox=account.is_sandbox,
            app_name="",
            language=language,
            at=now,
            purpose=CodePurpose.CONTACT,
        )
        return self._services.message_codes.send(unit_of_work, order).challenge

    def check(
        self, unit_of_work: UnitOfWork, wanted: Wanted, challenge: str, unverified_code: str
    ) -> Right | Wrong | Paused | Expired:
        """Whether it is the code that was sent; the try is counted, and committed, before."""
        subject = self._subject(wanted)
        if paused := guesses.reserve(unit_of_work, subject, wanted.at):
            return Paused(paused)
        result = self._services.message_codes.check(challenge, self._binding(wanted), unverified_code)
        if result is CodeCheck.EXPIRED:
            return Expired()
        if result is CodeCheck.WRONG:
            return after_a_wrong_one(unit_of_work, wanted.at, subject)
        unit_of_work.guesses.clear(subject)
        return Right()

    def _subject(self, wanted: Wanted) -> bytes:
        return self._services.cipher.index("guess", f"{wanted.counter}:{wanted.account.id}")

    def _binding(self, wanted: Wanted) -> str:
        bound = f"{wanted.account.id}\n{wanted.place}\n{wanted.new.kind}\n{wanted.new.value}"
        return self._services.cipher.tag("contact_change", bound.encode()).hex()
