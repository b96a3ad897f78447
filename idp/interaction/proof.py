"""What all proofs share: one counter of guesses, one refusal, and what a right proof opens."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from idp.accounts.tries import Paused
from idp.events import Action, Event, Kind
from idp.interaction import arrival
from idp.interaction.arrival import Arrival
from idp.interaction.counting import Counted, Counting, Try
from idp.interaction.outcomes import Attempt, Gone, NotAllowed, Outcome, SignedIn
from idp.model.account import Account, AccountStatus, Identifier
from idp.model.credential import CredentialKind
from idp.model.interaction import LoginProgress, SecondProof, progress_of
from idp.model.policy import Method
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.begin import SignIn, begin, strengthen, told_device
from idp.sessions.known_devices import KnownDevices
from idp.sessions.whereabouts import look


@dataclass(frozen=True, slots=True)
class Proven:
    """What was just proven.

    Attributes:
        has_lost_factors: whether the person's other factors were dropped by it (threat G09).
        is_told: whether the person hears of this very proof, so that no word of a new device is needed beside.
        use: uses up what was shown, or asks again what was looked at before something slow was done; what stood against it.
            The account is held by then, and first, as by whoever takes its factors away: two that hold what belongs to it
            in another order than each other could wait for each other.
    """

    method: Method
    has_lost_factors: bool = False
    is_told: bool = False
    use: Callable[[], Outcome | None] | None = None


class Proof:
    """One way of proving who one is; each has a file of its own."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._counting = Counting(services)

    def _count(
        self,
        unit_of_work: UnitOfWork,
        account: Account | None,
        attempt: Attempt,
        factor: CredentialKind | Method,
    ) -> Counted | Paused:
        """Count the try before anything is checked, so that a storm of parallel ones cannot outrun the counter."""
        login = progress_of(attempt.interaction)
        return self._counting.count(
            unit_of_work,
            Try(
                account=account,
                name=Identifier(login.kind, login.typed),
                unverified_cookie=attempt.browser.unverified_cookie,
                at=attempt.now,
                address=attempt.browser.address,
                factor=factor,
            ),
        )

    def _wrong(
        self, unit_of_work: UnitOfWork, account: Account | None, counted: Counted, attempt: Attempt, why: str
    ) -> Outcome:
        unit_of_work.events.record(refused(account, attempt, why))
        unit_of_work.commit()
        return self._counting.wrong(unit_of_work, counted, attempt.now)

    def _signed_in(
        self, unit_of_work: UnitOfWork, account: Account, counted: Counted, attempt: Attempt, proof: Proven
    ) -> Outcome:
        if account.status is not AccountStatus.ACTIVE:
            self._counting.right(unit_of_work, counted)
            unit_of_work.commit()
            return NotAllowed(account.status)
        # Meanwhile everything that opened the account may have been taken away: a sign-in under way must not outlive that.
        against = Gone() if not unit_of_work.accounts.hold(account) else proof.use() if proof.use else None
        if against is not None:
            unit_of_work.commit()
            return against
        self._counting.right(unit_of_work, counted)
        login = progress_of(attempt.interaction)
        if login.second is not None:
            return self._strengthened(unit_of_work, account, login.second, attempt, proof.method)
        arrived = self._arrival(unit_of_work, account, attempt, proof)
        sign_in = SignIn(
            account_id=account.id,
            methods=(proof.method,),
            channel=attempt.channel,
            is_shared_device=login.is_shared_device,
            at=attempt.now,
            device=attempt.browser.device,
            risk=arrival.risk_of(self._services, arrived),
        )
        session, cookie = begin(unit_of_work, sign_in, attempt.session)
        device_cookie = arrival.note(self._services, unit_of_work, arrived)
        unit_of_work.commit()
        done = attempt.interaction.with_sign_in(session.id, attempt.now)
        if login.registers and done.naming is None:
            done = replace(done, naming="offered")
        return SignedIn(done, session, cookie, device_cookie)

    def _arrival(self, unit_of_work: UnitOfWork, account: Account, attempt: Attempt, proof: Proven) -> Arrival:
        login, browser = progress_of(attempt.interaction), attempt.browser
        known = KnownDevices(self._services).find(unit_of_work, browser.unverified_cookie, account.id, attempt.now)
        return Arrival(
            account=account,
            browser=browser,
            at=attempt.now,
            is_shared_device=login.is_shared_device,
            is_new_account=account.id != login.account_id,
            known=known,
            whereabouts=look(self._services, unit_of_work, account.id, browser.address, attempt.now),
            has_lost_factors=proof.has_lost_factors,
            is_told=proof.is_told,
            proven_by=login.medium if proof.method in {Method.MESSAGE_CODE, Method.MAIL_CODE} else None,
            named_by=login.kind,
            method=proof.method,
        )

    def _strengthened(
        self, unit_of_work: UnitOfWork, account: Account, second: SecondProof, attempt: Attempt, method: Method
    ) -> Outcome:
        """The session that it was asked for, and no other, is worth more now."""
        session = attempt.session
        is_its = session is not None and (session.id, session.account_id) == (second.session_id, account.id)
        if session is None or not is_its or method not in second.methods:
            unit_of_work.commit()
            return Gone()
        strengthened = strengthen(unit_of_work, session, method, attempt.now)
        devices = KnownDevices(self._services)
        known = devices.find(unit_of_work, attempt.browser.unverified_cookie, account.id, attempt.now)
        if strengthened is not None and known is not None:
            devices.note_shown(unit_of_work, known, method)
        unit_of_work.commit()
        if strengthened is None:
            return Gone()
        return SignedIn(attempt.interaction.with_sign_in(session.id, attempt.now), *strengthened)


def refused(account: Account | None, attempt: Attempt, why: str) -> Event:
    """What is written down of a proof that was none."""
    return Event(
        kind=Kind.REFUSAL,
        action=Action.SIGN_IN_REFUSED,
        at=attempt.now,
        outcome=why,
        account_id=account.id if account else None,
        client_id=attempt.interaction.request.client_id,
        channel=attempt.channel.name,
        data=told_device(attempt.browser.device),
    )


def account_of(unit_of_work: UnitOfWork, login: LoginProgress) -> Account | None:
    """Whom the person said to be; None: nobody, which must look the same (threat G01)."""
    return None if login.account_id is None else unit_of_work.accounts.get(login.account_id)
