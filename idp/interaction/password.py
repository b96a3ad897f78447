"""Proof by password: hashed slowly, whether or not there is such a person."""

from idp.accounts.tries import Paused
from idp.interaction.outcomes import Attempt, Outcome
from idp.interaction.proof import Proof, Proven, account_of
from idp.model.credential import CredentialKind
from idp.model.interaction import progress_of
from idp.model.policy import Method


class PasswordProof(Proof):
    """A password, hashed slowly whether or not there is such a person."""

    def check(self, attempt: Attempt, password: str) -> Outcome:
        """Sign in by password; an unknown person costs the same time as a known one."""
        login = progress_of(attempt.interaction)
        with self._services.begin() as unit_of_work:
            account = account_of(unit_of_work, login)
            counted = self._count(unit_of_work, account, attempt, Method.PASSWORD)
            if isinstance(counted, Paused):
                return counted
            stored = None if account is None else unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
            matches, better = self._services.passwords.verify(password, stored.secret if stored else None)
            if account is None or not matches:
                return self._wrong(unit_of_work, account, counted, attempt, "wrong_password")
            if stored is not None and better is not None:
                unit_of_work.credentials.improve(stored, better)
            owner, right = account.id, {better, stored.secret if stored else None} - {None}

            def is_still_the_password() -> bool:
                now = unit_of_work.credentials.get(owner, CredentialKind.PASSWORD)
                return now is not None and now.secret in right

            proven = Proven(Method.PASSWORD, still_holds=is_still_the_password)
            return self._signed_in(unit_of_work, account, counted, attempt, proven)
