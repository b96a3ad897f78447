"""Proof by the code of an authenticator app."""

from idp.accounts.tries import Paused
from idp.interaction.outcomes import Attempt, Outcome, Used
from idp.interaction.proof import Proof, Proven, account_of, refused
from idp.model.credential import CredentialKind
from idp.model.interaction import progress_of
from idp.model.policy import Method


class OneTimeCodeProof(Proof):
    """A code that works once, in no process twice (threat H03)."""

    def check(self, attempt: Attempt, unverified_code: str) -> Outcome:
        """Sign in by a code of the person's app; who has none costs the same time as who has (threats G01, H03)."""
        login, now, factor = progress_of(attempt.interaction), attempt.now, Method.ONE_TIME_CODE
        with self._services.begin() as unit_of_work:
            account = account_of(unit_of_work, login)
            counted = self._count(unit_of_work, account, attempt, factor)
            if isinstance(counted, Paused):
                return counted
            stored = unit_of_work.credentials.get(account.id if account else 0, CredentialKind.ONE_TIME_CODE)
            step = self._services.one_time_codes.step_of(stored.secret if stored else None, unverified_code, now)
            if account is None or step is None:
                return self._wrong(unit_of_work, account, counted, attempt, "wrong_one_time_code")
            owner, of_code = account, step

            def use() -> Outcome | None:
                if unit_of_work.credentials.use_step(owner.id, of_code, now):
                    return None
                unit_of_work.events.record(refused(owner, attempt, "used_one_time_code"))
                return Used()

            return self._signed_in(unit_of_work, account, counted, attempt, Proven(factor, use=use))
