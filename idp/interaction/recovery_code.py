"""Proof by a recovery code: one of those that the person made and keeps on paper."""

from idp.accounts.notices import Notices
from idp.accounts.tries import Paused
from idp.interaction.outcomes import Attempt, Outcome, Used
from idp.interaction.proof import Proof, Proven, account_of, refused
from idp.model.account import Account
from idp.model.interaction import progress_of
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import Method
from idp.ports import UnitOfWork


class RecoveryCodeProof(Proof):
    """Each code works once, in no process twice, and its person hears of it (threats H04, H05)."""

    def check(self, attempt: Attempt, code: str) -> Outcome:
        """Sign in by a code of the person's batch; who has none costs the same time as who has (threat G01)."""
        login, now = progress_of(attempt.interaction), attempt.now
        with self._services.begin() as unit_of_work:
            account = account_of(unit_of_work, login)
            counted = self._count(unit_of_work, account, attempt, Method.RECOVERY_CODE)
            if isinstance(counted, Paused):
                return counted
            account_id = account.id if account else 0
            digests = self._services.recovery_codes.digests(account_id, code)
            is_used = unit_of_work.recovery_codes.is_used(account_id, digests)
            is_right = unit_of_work.recovery_codes.are_kept(account_id, [digests])
            if is_used:
                outcome = self._used(unit_of_work, account, attempt)
                unit_of_work.commit()
                return outcome
            if account is None or not is_right:
                return self._wrong(unit_of_work, account, counted, attempt, "wrong_recovery_code")
            owner = account

            def use() -> Outcome | None:
                if not unit_of_work.recovery_codes.use(account_id, digests, now):
                    return self._used(unit_of_work, owner, attempt)
                self._tell(unit_of_work, owner, attempt)
                return None

            proven = Proven(Method.RECOVERY_CODE, is_told=True, use=use)
            return self._signed_in(unit_of_work, account, counted, attempt, proven)

    def _used(self, unit_of_work: UnitOfWork, account: Account | None, attempt: Attempt) -> Used:
        unit_of_work.events.record(refused(account, attempt, "used_recovery_code"))
        return Used()

    def _tell(self, unit_of_work: UnitOfWork, account: Account, attempt: Attempt) -> None:
        """Whoever finds the sheet must not come in unseen, on a device that is known any more than on another."""
        notice = Notice(
            account_id=account.id,
            kind=NoticeKind.RECOVERY_CODE_USED,
            at=attempt.now,
            device=attempt.browser.device,
            language=attempt.browser.language,
        )
        Notices(self._services).notify(unit_of_work, notice)
