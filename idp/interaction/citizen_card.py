"""Proof by a citizen card: its chip signs after it has checked the PIN, and its owner is whoever added it."""

from dataclasses import dataclass
from enum import StrEnum

from idp.accounts.citizen_cards import SECONDS, Asking
from idp.accounts.passkey_challenge import asked_at, new_challenge
from idp.accounts.tries import Expired
from idp.clock import Instant
from idp.interaction.outcomes import Attempt, CardNotTaken, Outcome
from idp.interaction.proof import Proven, refused
from idp.interaction.self_naming import SelfNamingProof
from idp.model.account import Account
from idp.model.citizen_card import CardUse, CitizenCard, SignedCard
from idp.model.interaction import Interaction
from idp.model.policy import Method
from idp.ports import CardFault, CardPurpose, CardQuestion, CardRefused, UnitOfWork


class Why(StrEnum):
    """Why a card signs nobody in, as the log calls it."""

    WRONG = "wrong_card"
    """What it signed is no answer to our question."""
    FOREIGN = "foreign_card"
    EXPIRED = "expired_card"
    WITHOUT_PIN = "card_without_pin"
    LOST = "lost_card"
    UNKNOWN = "unknown_card"
    """Nobody has added it."""
    RENEWED = "renewed_card"
    """Somebody has, when it had another key."""
    OF_ANOTHER = "card_of_another"
    """It is not that of the person who was named."""
    USED = "used_card"
    """The answer was brought before."""


_WHY = {
    CardFault.NOT_VERIFIED: Why.WRONG,
    CardFault.UNKNOWN_ISSUER: Why.FOREIGN,
    CardFault.EXPIRED: Why.EXPIRED,
    CardFault.PIN_NOT_VERIFIED: Why.WITHOUT_PIN,
    CardFault.LOST: Why.LOST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAnswer:
    """What the page sent: what the bridge told it, and whether the person said that this computer is shared."""

    unverified: str
    is_shared_device: bool = False


@dataclass(frozen=True, slots=True)
class _Shown:
    """A card whose signature was verified, with what is kept of it here."""

    card: SignedCard
    kept: CitizenCard | None
    owner: Account | None
    use: CardUse


class CardProof(SelfNamingProof):
    """Tries need no counting: the card counts wrong PINs by itself, and nobody guesses a signature (threat G03)."""

    def question(self, interaction: Interaction, terminal: str, now: Instant) -> bytes:
        """What the card is asked to sign; nothing is stored for it (threat N12)."""
        return new_challenge(self._services.cipher, _asking(interaction).at(terminal), now)

    def check(self, attempt: Attempt, answer: CardAnswer) -> Outcome:
        """Sign in the owner of the card."""
        services, cards = self._services, self._services.citizen_cards
        claimed = None if cards is None else cards.claimed(answer.unverified)
        if cards is None or claimed is None:
            return CardNotTaken(Why.WRONG)
        challenge, terminal = claimed.unverified_challenge, claimed.unverified_terminal
        asked = asked_at(services.cipher, _asking(attempt.interaction).at(terminal), challenge, attempt.now, SECONDS)
        if asked is None:
            return Expired()
        question = CardQuestion(CardPurpose.SIGN_IN, challenge, terminal)
        card: SignedCard | None
        why: Why | None = None
        try:
            card = cards.signed(answer.unverified, question, attempt.now)
        except CardRefused as refusal:
            card, why = refusal.card, _WHY[refusal.fault]
        with services.begin() as unit_of_work:
            if card is None:
                return _noted(unit_of_work, None, attempt, why or Why.WRONG)
            shown = _shown(unit_of_work, card, CardUse(asked, challenge, card.serial))
            return self._taken(unit_of_work, shown, attempt, answer, why)

    def _taken(
        self, unit_of_work: UnitOfWork, shown: _Shown, attempt: Attempt, answer: CardAnswer, why: Why | None
    ) -> Outcome:
        """Open a session for the owner, unless `why` says that all was right and the card is lost all the same."""
        kept, owner, why = shown.kept, shown.owner, why or _fault(shown, attempt)
        if kept is None or owner is None or why is not None:
            return _noted(unit_of_work, owner, attempt, why or Why.UNKNOWN)

        def use() -> Outcome | None:
            is_first = unit_of_work.citizen_cards.use(kept, shown.use, attempt.now)
            return None if is_first else _noted(unit_of_work, owner, attempt, Why.USED)

        named = self._named(unit_of_work, attempt, owner, is_shared_device=answer.is_shared_device)
        counted = self._uncounted(owner, attempt)
        return self._signed_in(unit_of_work, owner, counted, named, Proven(Method.CITIZEN_CARD, use=use))


def _shown(unit_of_work: UnitOfWork, card: SignedCard, use: CardUse) -> _Shown:
    kept = unit_of_work.citizen_cards.find(card.serial)
    return _Shown(card, kept, None if kept is None else unit_of_work.accounts.get(kept.account_id), use)


def _fault(shown: _Shown, attempt: Attempt) -> Why | None:
    """Why it signs nobody in; None: it does."""
    login = attempt.interaction.login
    if shown.kept is None or shown.owner is None:
        return Why.UNKNOWN
    if shown.kept.public_key != shown.card.public_key:
        return Why.RENEWED  # who can make a card of this number anew has not made it this person's
    if login is not None and login.account_id != shown.owner.id:  # threat I05
        return Why.OF_ANOTHER
    return None


def _noted(unit_of_work: UnitOfWork, owner: Account | None, attempt: Attempt, why: Why) -> CardNotTaken:
    unit_of_work.events.record(refused(owner, attempt, why.value))
    unit_of_work.commit()
    return CardNotTaken(why)


def _asking(interaction: Interaction) -> Asking:
    return Asking(CardPurpose.SIGN_IN, interaction.browser, interaction.id)
