"""The steps behind a slip: a new phone and its code, or a new password; the last one uses the slip up and signs in.

Every step asks the interaction for the slip, and the last one asks the store: a page that is opened without it, another
person's, or one from before a newer slip, leads nowhere (threat G07).
"""

from dataclasses import replace

from idp.accounts.anew import Anew, start_anew
from idp.accounts.contact_code import ContactCodes, Right, Wanted
from idp.accounts.message_budget import RESEND_SECONDS
from idp.accounts.password_rules import CITIZENS, PasswordFault, PasswordProfile, fault_of
from idp.accounts.staff_passwords import profile_of
from idp.accounts.tries import Expired, Paused
from idp.clock import Instant, after
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.interaction.counting import Counted
from idp.interaction.outcomes import Attempt, CodeWish, Outcome, SlipOver, TakenPhone
from idp.interaction.proof import Proof, Proven, account_of
from idp.model.account import Account, Cap, Identifier, IdentifierKind
from idp.model.interaction import Interaction, LoginProgress, NewStart, progress_of
from idp.model.policy import Method
from idp.model.recovery import Basis
from idp.ports import UnitOfWork

_NOTHING_COUNTED = Counted((), "")
"""Guesses at the slip were counted when it was shown, those at the code by whoever checks codes."""


class NewStartProof(Proof):
    """What somebody who showed a slip may do."""

    def send_code(
        self, interaction: Interaction, phone: str, wish: CodeWish, now: Instant
    ) -> Interaction | Paused | SlipOver:
        """Send a code to the phone that they want to be reached by; raises `Unavailable` where nothing can be sent."""
        login, started = _started(interaction)
        if started.phone == phone and started.sent_at is not None and now < after(started.sent_at, RESEND_SECONDS):
            return interaction
        with self._services.begin() as unit_of_work:
            account = account_of(unit_of_work, login)
            if account is None or unit_of_work.slips.find(account.id, [bytes.fromhex(started.slip)], now) is None:
                return SlipOver()
            wanted = _wanted(interaction, account, phone, now)
            codes = ContactCodes(self._services)
            sent = codes.send(unit_of_work, wanted, language=wish.language, address=wish.address)
            if isinstance(sent, Paused):
                return sent
            unit_of_work.events.record(Event(kind=Kind.AUDIT, action=Action.CODE_SENT, at=now, account_id=account.id))
            unit_of_work.commit()
        return interaction.with_login(
            replace(login, new_start=replace(started, phone=phone, challenge=sent, sent_at=now))
        )

    def by_phone(self, attempt: Attempt, code: str) -> Outcome:
        """Start anew with the phone that the code went to."""
        login, started = _started(attempt.interaction)
        if started.phone is None or started.challenge is None:
            return Expired()
        with self._services.begin() as unit_of_work:
            account = account_of(unit_of_work, login)
            if account is None:
                return SlipOver()
            wanted = _wanted(attempt.interaction, account, started.phone, attempt.now)
            checked = ContactCodes(self._services).check(unit_of_work, wanted, started.challenge, code)
            if not isinstance(checked, Right):
                return checked
            return self._start(unit_of_work, account, attempt, Method.MESSAGE_CODE)

    def by_password(self, attempt: Attempt, password: str) -> Outcome | PasswordFault:
        """Start anew with a password, without any phone."""
        login, _ = _started(attempt.interaction)
        with self._services.begin() as unit_of_work:
            account = account_of(unit_of_work, login)
            if account is None:
                return SlipOver()
            person = unit_of_work.accounts.attributes(account.id)
        if fault := fault_of(password, person, self._services.known_passwords, profile_of(self._services, account)):
            return fault
        with self._services.passwords.place():
            phc = self._services.passwords.hash(password)
        with self._services.begin() as unit_of_work:
            return self._start(unit_of_work, account, attempt, Method.PASSWORD, phc)

    def profile(self, interaction: Interaction) -> PasswordProfile:
        """The rules for the password that is asked for."""
        with self._services.begin() as unit_of_work:
            account = account_of(unit_of_work, progress_of(interaction))
        return CITIZENS if account is None else profile_of(self._services, account)

    def _start(
        self, unit_of_work: UnitOfWork, account: Account, attempt: Attempt, method: Method, phc: str | None = None
    ) -> Outcome:
        """Use the slip up, drop everything, sign in: in one transaction, so that who is cut off still has the slip."""
        _, started = _started(attempt.interaction)
        if not unit_of_work.accounts.hold(account):  # the account first, as whoever freezes or closes it
            return SlipOver()
        slip = unit_of_work.slips.use(account.id, bytes.fromhex(started.slip), attempt.now)
        if slip is None:
            unit_of_work.roll_back()
            return SlipOver()
        anew = Anew(
            basis=Basis.SLIP,
            at=attempt.now,
            phone=started.phone if method is Method.MESSAGE_CODE else None,
            password=phc,
            cap=Cap(slip.level, after(attempt.now, self._services.settings.recovery.capped_seconds)),
            device=attempt.browser.device,
            language=attempt.browser.language,
        )
        try:
            start_anew(self._services, unit_of_work, account, anew)
        except Refused as refused:
            if refused.code != "identifier_taken":
                raise
            unit_of_work.roll_back()
            return TakenPhone()
        anew_account = unit_of_work.accounts.get(account.id) or account
        return self._signed_in(unit_of_work, anew_account, _NOTHING_COUNTED, attempt, Proven(method, is_told=True))


def _started(interaction: Interaction) -> tuple[LoginProgress, NewStart]:
    login = progress_of(interaction)
    if login.new_start is None:
        raise ValueError("no slip was shown in this interaction")
    return login, login.new_start


def _wanted(interaction: Interaction, account: Account, phone: str, at: Instant) -> Wanted:
    new = Identifier(IdentifierKind.PHONE, phone)
    return Wanted(account=account, new=new, place=f"new start {interaction.id}", at=at, counter="new start")
