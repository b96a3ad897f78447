"""Signing in, step by step: the name, then one proof. Pages call these verbs; nothing here knows HTTP."""

from dataclasses import dataclass, replace

from idp.accounts import guesses
from idp.accounts.claim import claim
from idp.accounts.identifiers import identifier_of
from idp.accounts.message_budget import RESEND_SECONDS, Asker, spend
from idp.accounts.tries import Expired, Paused, after_a_wrong_one
from idp.clock import Instant, after, date_in_china
from idp.errors import Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.interaction import arrival
from idp.interaction.arrival import Arrival
from idp.interaction.known_here import PersonHere
from idp.interaction.outcomes import Attempt, CodeWish, Gone, NotAllowed, Outcome, SignedIn, Used
from idp.model.account import Account, AccountStatus, Identifier, IdentifierKind, NewAccount
from idp.model.credential import CredentialKind
from idp.model.interaction import Interaction, LoginProgress, SecondProof
from idp.model.message import Medium
from idp.model.policy import Method, Proofing
from idp.ports import CodeCheck, CodeOrder, UnitOfWork
from idp.services import Services
from idp.sessions.begin import SignIn, begin, strengthen, told_device
from realnames.identifiers.phone import parse_phone
from realnames.identifiers.sign_in_name import recognise


@dataclass(frozen=True, slots=True)
class _Proof:
    """What was just proven, and whether the person's other factors were dropped by it (threat G09)."""

    method: Method
    has_lost_factors: bool = False


class Login:
    """The verbs of signing in."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self, interaction: Interaction, typed: str, now: Instant, *, is_shared_device: bool) -> Interaction:
        """Take down who the person says to be; raises `IdentifierRefused` when it is no number of theirs.

        Nothing here depends on whether somebody has this number (threat G01).
        """
        name = recognise(typed, today=date_in_china(now), sandbox=self._services.settings.sandbox.enabled)
        identifier = identifier_of(name)
        with self._services.begin() as unit_of_work:
            account = unit_of_work.accounts.find(identifier)
        return interaction.with_login(
            LoginProgress(
                kind=identifier.kind,
                typed=identifier.value,
                account_id=account.id if account else None,
                is_shared_device=is_shared_device,
            )
        )

    def name_again(self, interaction: Interaction, person: PersonHere) -> Interaction:
        """Take down that it is somebody who signed in on this browser before."""
        identifier = person.identifier
        return interaction.with_login(
            LoginProgress(kind=identifier.kind, typed=identifier.value, account_id=person.account_id)
        )

    def register(self, interaction: Interaction, typed: str, now: Instant, *, is_shared_device: bool) -> Interaction:
        """Take down the phone of who comes to register; raises `IdentifierRefused` when it is none.

        Whether somebody has it shows after its code was typed, to its holder alone (threat G01).
        """
        phone = parse_phone(typed).e164
        named = self.name(interaction, phone, now, is_shared_device=is_shared_device)
        return named.with_login(replace(_progress(named), registers=True))

    def send_code(self, interaction: Interaction, wish: CodeWish, now: Instant) -> Interaction | Paused:
        """Promise a code to the person's phone; the interaction that waits for it, or when to ask again.

        Raises `Unavailable` when no carrier brings such messages, or none to such numbers.
        """
        login = _progress(interaction)
        if login.code_sent_at is not None and now < after(login.code_sent_at, RESEND_SECONDS):
            return Paused(after(login.code_sent_at, RESEND_SECONDS))
        with self._services.begin() as unit_of_work:
            account = _account(unit_of_work, login)
            if paused := guesses.blocked_until(unit_of_work, self._subject(login, account), now):
                return Paused(paused)
            medium, destination = self._destination(unit_of_work, login, by_voice=wish.by_voice)
            is_sandbox = account is not None and account.is_sandbox
            asker = Asker(interaction.browser, wish.address)
            if not is_sandbox and (until := spend(self._services, destination or login.typed, asker, now)):
                return Paused(until)
            order = CodeOrder(
                interaction_id=self._binding(interaction, destination),
                account_id=login.account_id,
                medium=medium,
                destination=self._allowed(login, medium, destination),
                destination_is_sandbox=is_sandbox,
                app_name=wish.app_name,
                language=wish.language,
                at=now,
                registers=login.registers,
            )
            sent = self._services.message_codes.send(unit_of_work, order)
            unit_of_work.events.record(
                Event(kind=Kind.AUDIT, action=Action.CODE_SENT, at=now, account_id=login.account_id)
            )
            unit_of_work.commit()
        progress = replace(login, challenge=sent.challenge, item_id=sent.item_id, medium=medium, code_sent_at=now)
        return interaction.with_login(progress)

    def check_code(self, attempt: Attempt, unverified_code: str) -> Outcome:
        """Sign in by the code that was sent."""
        login = _progress(attempt.interaction)
        with self._services.begin() as unit_of_work:
            account = _holder(unit_of_work, login)
            subject = self._subject(login, account)
            if paused := guesses.reserve(unit_of_work, subject, attempt.now):
                return Paused(paused)
            _, destination = self._destination(unit_of_work, login, by_voice=login.medium is Medium.VOICE)
            binding = self._binding(attempt.interaction, destination)
            result = self._services.message_codes.check(login.challenge or "", binding, unverified_code)
            if result is CodeCheck.EXPIRED:
                return Expired()
            if result is CodeCheck.RIGHT and login.registers:
                account = self._holder_or_new(unit_of_work, attempt, Identifier(login.kind, login.typed))
            if result is CodeCheck.WRONG or account is None:
                return self._wrong(unit_of_work, account, (subject,), attempt, "wrong_code")
            has_lost_factors = self._proves_phone(unit_of_work, account, attempt)
            method = Method.MAIL_CODE if login.medium is Medium.MAIL else Method.MESSAGE_CODE
            return self._signed_in(unit_of_work, account, subject, attempt, _Proof(method, has_lost_factors))

    def check_password(self, attempt: Attempt, password: str) -> Outcome:
        """Sign in by password; an unknown person costs the same time as a known one."""
        login = _progress(attempt.interaction)
        with self._services.begin() as unit_of_work:
            account = _account(unit_of_work, login)
            subject = self._subject(login, account)
            if paused := guesses.reserve(unit_of_work, subject, attempt.now):
                return Paused(paused)
            stored = None if account is None else unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
            matches, better = self._services.passwords.verify(password, stored.secret if stored else None)
            if account is None or not matches:
                return self._wrong(unit_of_work, account, (subject,), attempt, "wrong_password")
            if stored is not None and better is not None:
                unit_of_work.credentials.improve(stored, better)
            return self._signed_in(unit_of_work, account, subject, attempt, _Proof(Method.PASSWORD))

    def check_one_time_code(self, attempt: Attempt, unverified_code: str) -> Outcome:
        """Sign in by a code of the person's app; who has none costs the same time as who has (threats G01, H03)."""
        login, now, factor = _progress(attempt.interaction), attempt.now, CredentialKind.ONE_TIME_CODE
        with self._services.begin() as unit_of_work:
            account = _account(unit_of_work, login)
            subject, name = self._subject(login, account), Identifier(login.kind, login.typed)
            of_factor = guesses.subject_of_factor(self._services.cipher, account, name, factor)
            paused = guesses.blocked_until(unit_of_work, of_factor, now) or guesses.reserve(unit_of_work, subject, now)
            if paused := paused or guesses.reserve(unit_of_work, of_factor, now):
                return Paused(paused)
            stored = unit_of_work.credentials.get(account.id if account else 0, factor)
            step = self._services.one_time_codes.step_of(stored.secret if stored else None, unverified_code, now)
            if account is None or step is None:
                return self._wrong(unit_of_work, account, (subject, of_factor), attempt, "wrong_one_time_code")
            if not unit_of_work.credentials.use_step(account.id, step, now):
                unit_of_work.events.record(_refused(account, attempt, "used_one_time_code"))
                unit_of_work.commit()
                return Used()
            unit_of_work.guesses.clear(of_factor)
            return self._signed_in(unit_of_work, account, subject, attempt, _Proof(Method.ONE_TIME_CODE))

    def _holder_or_new(self, unit_of_work: UnitOfWork, attempt: Attempt, phone: Identifier) -> Account:
        """Who holds the phone that was just proven; nobody: a new account at the lowest level."""
        if holder := unit_of_work.accounts.find(phone):
            return holder
        new = NewAccount(
            name=None,
            identifiers=(phone,),
            proofing=Proofing.P0,
            proofed_at=None,
            is_sandbox=False,
            created_at=attempt.now,
        )
        try:
            account = unit_of_work.accounts.create(new)
        except Refused:  # proven twice at the same moment: the other one made the account
            unit_of_work.roll_back()
            if holder := unit_of_work.accounts.find(phone):
                return holder
            raise
        unit_of_work.events.record(
            Event(
                kind=Kind.AUDIT,
                action=Action.ACCOUNT_REGISTERED,
                at=attempt.now,
                account_id=account.id,
                client_id=attempt.interaction.request.client_id,
                channel=attempt.channel.name,
            )
        )
        return account

    def _proves_phone(self, unit_of_work: UnitOfWork, account: Account, attempt: Attempt) -> bool:
        """Note whose phone it is, if the code went to the one that was typed; whether factors were dropped by that.

        The codes of sandbox people are known to everybody, so they prove nothing that could be claimed.
        """
        login = _progress(attempt.interaction)
        if login.kind is not IdentifierKind.PHONE or login.medium is Medium.MAIL:
            return False
        if account.status is not AccountStatus.ACTIVE:
            return False
        is_first = unit_of_work.accounts.verify(account.id, Identifier(login.kind, login.typed), attempt.now)
        if not is_first or account.id != login.account_id or account.is_sandbox:
            return False
        if account.proofing >= Proofing.P2:  # a register or a window has said whose it is: nobody waits in there
            return False
        return claim(unit_of_work, account, attempt.session, attempt.now)

    def _destination(
        self, unit_of_work: UnitOfWork, login: LoginProgress, *, by_voice: bool
    ) -> tuple[Medium, str | None]:
        """Where the code goes: to the typed phone, else to the phone or the mail address that the person left here."""
        medium = Medium.VOICE if by_voice else Medium.SMS
        if login.kind is IdentifierKind.PHONE:
            return medium, login.typed
        if login.account_id is None:
            return medium, None
        stored = unit_of_work.accounts.attributes(login.account_id)
        may_mail = stored.email is not None and Method.MAIL_CODE in self._services.methods and not by_voice
        return (Medium.MAIL, stored.email) if stored.phone is None and may_mail else (medium, stored.phone)

    def _allowed(self, login: LoginProgress, medium: Medium, destination: str | None) -> str | None:
        """The destination, when messages may go there (threat K08, premium and foreign prefixes).

        Whoever typed it is told; behind a citizen number nobody learns where the person's phone is registered.
        """
        prefixes = self._services.settings.messages.allowed_prefixes
        if destination is None or medium is Medium.MAIL or destination.startswith(prefixes):
            return destination
        if login.kind is IdentifierKind.PHONE:
            raise Unavailable("Codes cannot be sent to this number.", detail="messages.allowed_prefixes")
        return None

    def _binding(self, interaction: Interaction, destination: str | None) -> str:
        """A code works in one interaction, and only while the person is still reached where it went (threat G10)."""
        bound = f"{interaction.id}\n{destination or ''}"
        return self._services.cipher.tag("sign_in_code", bound.encode("utf-8", "surrogatepass")).hex()

    def _subject(self, login: LoginProgress, account: Account | None) -> bytes:
        return guesses.subject_of(self._services.cipher, account, Identifier(login.kind, login.typed))

    def _wrong(
        self, unit_of_work: UnitOfWork, account: Account | None, subjects: tuple[bytes, ...], attempt: Attempt, why: str
    ) -> Outcome:
        unit_of_work.events.record(_refused(account, attempt, why))
        unit_of_work.commit()
        return after_a_wrong_one(unit_of_work, attempt.now, *subjects)

    def _signed_in(
        self, unit_of_work: UnitOfWork, account: Account, subject: bytes, attempt: Attempt, proof: _Proof
    ) -> Outcome:
        unit_of_work.guesses.clear(subject)
        if account.status is not AccountStatus.ACTIVE:
            unit_of_work.commit()
            return NotAllowed(account.status)
        login = _progress(attempt.interaction)
        if login.second is not None:
            return self._strengthened(unit_of_work, account, login.second, attempt, proof.method)
        sign_in = SignIn(
            account_id=account.id,
            methods=(proof.method,),
            channel=attempt.channel,
            is_shared_device=login.is_shared_device,
            at=attempt.now,
            device=attempt.browser.device,
        )
        session, cookie = begin(unit_of_work, sign_in, attempt.session)
        arrived = Arrival(
            account=account,
            browser=attempt.browser,
            at=attempt.now,
            is_shared_device=login.is_shared_device,
            is_new_account=account.id != login.account_id,
            has_lost_factors=proof.has_lost_factors,
            proven_by=login.medium if proof.method in {Method.MESSAGE_CODE, Method.MAIL_CODE} else None,
            named_by=login.kind,
            method=proof.method,
        )
        device_cookie = arrival.note(self._services, unit_of_work, arrived)
        unit_of_work.commit()
        done = attempt.interaction.with_sign_in(session.id, attempt.now)
        if login.registers and done.naming is None:
            done = replace(done, naming="offered")
        return SignedIn(done, session, cookie, device_cookie)

    def _strengthened(
        self, unit_of_work: UnitOfWork, account: Account, second: SecondProof, attempt: Attempt, method: Method
    ) -> Outcome:
        """The session that it was asked for, and no other, is worth more now."""
        session = attempt.session
        is_its = session is not None and (session.id, session.account_id) == (second.session_id, account.id)
        channel = self._services.channels.get(session.channel) if session is not None else None
        if session is None or channel is None or not is_its or method not in second.methods:
            unit_of_work.commit()
            return Gone()
        strengthened = strengthen(unit_of_work, session, method, channel, attempt.now)
        unit_of_work.commit()
        if strengthened is None:
            return Gone()
        return SignedIn(attempt.interaction.with_sign_in(session.id, attempt.now), *strengthened)


def _refused(account: Account | None, attempt: Attempt, why: str) -> Event:
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


def _progress(interaction: Interaction) -> LoginProgress:
    if interaction.login is None:
        raise ValueError("no name was typed in this interaction yet")
    return interaction.login


def _holder(unit_of_work: UnitOfWork, login: LoginProgress) -> Account | None:
    """The person, if what was typed is still theirs: a code to a phone that was given up signs nobody in.

    It is looked for whether or not somebody had it when it was typed, so that the clock does not tell (threat G01).
    """
    account = unit_of_work.accounts.find(Identifier(login.kind, login.typed))
    return account if account is not None and account.id == login.account_id else None


def _account(unit_of_work: UnitOfWork, login: LoginProgress) -> Account | None:
    return None if login.account_id is None else unit_of_work.accounts.get(login.account_id)
