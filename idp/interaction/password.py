"""Proof by password: hashed slowly, whether or not there is such a person."""

from idp.accounts.tries import Paused
from idp.interaction.outcomes import Attempt, Gone, Outcome
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
            owner = account.id

            def use() -> Outcome | None:
                now = unit_of_work.credentials.get(owner, CredentialKind.PASSWORD)
                if stored is None or now is None or now.secret not in {stored.secret, better}:
                    return Gone()  # it was changed while this one was hashed
                if better is not None:
                    unit_of_work.credentials.improve(stored, better)
                return None

            return self._signed_in(unit_of_work, account, counted, attempt, Proven(Method.PASSWORD, use=use))
