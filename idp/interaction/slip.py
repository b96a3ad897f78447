"""A window's slip is shown: it signs nobody in, but lets its person say how they do from here on."""

from dataclasses import replace

from idp.accounts.tries import Paused, Wrong
from idp.interaction.outcomes import Attempt, NotAllowed
from idp.interaction.proof import Proof, account_of, refused
from idp.model.account import AccountStatus
from idp.model.credential import CredentialKind
from idp.model.interaction import Interaction, NewStart, progress_of


class SlipProof(Proof):
    """Checks the code without using it up: who closes the page here has lost nothing."""

    def show(self, attempt: Attempt, code: str) -> Interaction | Wrong | Paused | NotAllowed:
        """The interaction that may go on to a new start; who has no slip costs the same time as who has (threat G01)."""
        login = progress_of(attempt.interaction)
        with self._services.begin() as unit_of_work:
            account = account_of(unit_of_work, login)
            counted = self._count(unit_of_work, account, attempt, CredentialKind.SLIP)
            if isinstance(counted, Paused):
                return counted
            account_id = account.id if account else 0
            slip = unit_of_work.slips.find(account_id, self._services.slips.digests(account_id, code), attempt.now)
            if account is None or slip is None:
                unit_of_work.events.record(refused(account, attempt, "wrong_slip"))
                unit_of_work.commit()
                return self._counting.wrong(unit_of_work, counted, attempt.now)
            self._counting.right(unit_of_work, counted)
            unit_of_work.commit()
        if account.status is not AccountStatus.ACTIVE:
            return NotAllowed(account.status)
        return attempt.interaction.with_login(replace(login, new_start=NewStart(slip=slip.digest.hex())))
