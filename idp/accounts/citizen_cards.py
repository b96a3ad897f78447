"""A person's citizen cards, added and taken away by themselves: each is written down and told on every way they have.

Whose card it is decides who adds it: somebody who is signed in by two kinds of proof, with the card and its PIN. Nothing
that its certificate says of a holder is read.
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.accounts.act import Act
from idp.accounts.held import held_by
from idp.accounts.notices import Notices
from idp.accounts.passkey_challenge import Binding, asked_at, new_challenge
from idp.clock import Instant
from idp.events import Action
from idp.model.citizen_card import CitizenCard, SignedCard
from idp.model.credential import CredentialKind
from idp.model.notice import NoticeKind
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.ports import CardFault, CardPurpose, CardQuestion, CardRefused, UnitOfWork
from idp.services import Services
from idp.sessions.end import end_others
from idp.sessions.hold import hold

SECONDS = 60
"""How long a card may take to answer: the person has typed the PIN before it is asked."""
MOST = 5
"""Cards of one person: their own, and those they had before and forgot to take away."""


class NotAdded(StrEnum):
    """Why a card was not added, beside the faults of its signature."""

    STALE = "stale"
    """It took too long, or its question was for another session."""
    KNOWN = "known"
    """It is an account's already, perhaps this one's."""
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Asking:
    """For whom a card is asked: `subject` is an interaction or a session, and only it may bring the answer."""

    purpose: CardPurpose
    browser: str
    subject: str

    def at(self, terminal: str) -> Binding:
        """What the question is bound to: the terminal, too, at which the card is to answer (MISSION S10)."""
        return Binding(f"card {self.purpose}", self.browser, f"{self.subject}\n{terminal}")


class CardKeeping:
    """The verbs; whoever calls them has asked for a fresh proof before."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._notices = Notices(services)

    def question(self, visitor: Visitor, browser: str, terminal: str, now: Instant) -> bytes:
        """What the card is asked to sign."""
        return new_challenge(self._services.cipher, _asking(visitor, browser).at(terminal), now)

    def add(self, act: Act, browser: str, unverified_answer: str) -> NotAdded | CardFault | None:
        """Take the card that answered; None: it is added."""
        card = self._signed(act, browser, unverified_answer)
        if not isinstance(card, SignedCard):
            return card
        account_id = act.visitor.account.id
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            if len(unit_of_work.citizen_cards.of_account(account_id)) >= MOST:
                return NotAdded.TOO_MANY
            if not unit_of_work.citizen_cards.add(account_id, card, act.at):
                return NotAdded.KNOWN
            self._record(unit_of_work, act, Action.CREDENTIAL_ADDED)
            unit_of_work.commit()
        return None

    def remove(self, act: Act, card_id: int) -> bool:
        """Take one away; False, with nothing done, when the person could not sign in any more without it.

        Other sessions that a card opened end with it: one that is taken away is often one that was lost.
        """
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            if is_last(self._services, unit_of_work, act.visitor.account.id):
                return False
            if unit_of_work.citizen_cards.remove(act.visitor.account.id, card_id):
                end_others(unit_of_work, act.visitor.session, act.at, frozenset({Method.CITIZEN_CARD}))
                self._record(unit_of_work, act, Action.CREDENTIAL_REMOVED)
            unit_of_work.commit()
        return True

    def _signed(self, act: Act, browser: str, unverified_answer: str) -> SignedCard | NotAdded | CardFault:
        cards = self._services.citizen_cards
        claimed = None if cards is None else cards.claimed(unverified_answer)
        if cards is None or claimed is None:
            return CardFault.NOT_VERIFIED
        challenge, terminal = claimed.unverified_challenge, claimed.unverified_terminal
        binding = _asking(act.visitor, browser).at(terminal)
        if asked_at(self._services.cipher, binding, challenge, act.at, SECONDS) is None:
            return NotAdded.STALE
        try:
            return cards.signed(unverified_answer, CardQuestion(CardPurpose.ADD, challenge, terminal), act.at)
        except CardRefused as refused:
            return refused.fault

    def _record(self, unit_of_work: UnitOfWork, act: Act, action: Action) -> None:
        is_new = action is Action.CREDENTIAL_ADDED
        kind = NoticeKind.CITIZEN_CARD_ADDED if is_new else NoticeKind.CITIZEN_CARD_REMOVED
        self._notices.notify(unit_of_work, act.notice(kind))
        unit_of_work.events.record(act.event(action, {"factor": CredentialKind.CITIZEN_CARD.value}))


def found(unit_of_work: UnitOfWork, account_id: int, card_id: int) -> CitizenCard | None:
    """The person's card with this id."""
    return next((each for each in unit_of_work.citizen_cards.of_account(account_id) if each.id == card_id), None)


def is_last(services: Services, unit_of_work: UnitOfWork, account_id: int) -> bool:
    """Whether a card of the person is the only way in that they have left."""
    held = held_by(services, unit_of_work, account_id)
    return len(held.citizen_cards) < 2 and not held.without(Method.CITIZEN_CARD)


def _asking(visitor: Visitor, browser: str) -> Asking:
    return Asking(CardPurpose.ADD, browser, str(visitor.session.id))
