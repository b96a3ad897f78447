"""What passkeys and cards share: they say themselves whose they are, so nobody types a name, and nobody guesses at them."""

from dataclasses import replace

from idp.accounts import guesses
from idp.interaction.counting import Counted
from idp.interaction.outcomes import Attempt
from idp.interaction.proof import Proof
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.interaction import LoginProgress
from idp.ports import UnitOfWork

_NO_NAME = Identifier(IdentifierKind.PHONE, "")


class SelfNamingProof(Proof):
    """Tries need no counting, so this way stays open while others pause (threat G03)."""

    def _named(self, unit_of_work: UnitOfWork, attempt: Attempt, owner: Account, *, is_shared_device: bool) -> Attempt:
        """As if the owner had typed the first of their numbers, unless somebody typed one or is signed in."""
        if attempt.interaction.login is not None:
            return attempt
        name = next(iter(unit_of_work.accounts.attributes(owner.id).identifiers), _NO_NAME)
        login = LoginProgress(kind=name.kind, typed=name.value, account_id=owner.id, is_shared_device=is_shared_device)
        return replace(attempt, interaction=attempt.interaction.with_login(login))

    def _uncounted(self, owner: Account, attempt: Attempt) -> Counted:
        """No try was counted; the right person came all the same, and what others left on their counter goes."""
        return Counted((guesses.subject_of(self._services.cipher, owner, _NO_NAME),), attempt.browser.address)
