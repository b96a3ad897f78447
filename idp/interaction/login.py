"""Signing in, step by step: the name, then one proof. Pages call these verbs; nothing here knows HTTP."""

from dataclasses import dataclass, replace

from idp.accounts import guesses
from idp.accounts.claim import claim
from idp.accounts.identifiers import identifier_of
from idp.clock import Instant, after, date_in_china
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.interaction import arrival
from idp.interaction.arrival import NO_BROWSER, Arrival, Browser
from idp.model.account import Account, AccountStatus, Identifier, IdentifierKind, NewAccount
from idp.model.channel import Channel
from idp.model.credential import CredentialKind
from idp.model.interaction import Interaction, LoginProgress
from idp.model.message import Medium
from idp.model.policy import Method, Proofing
from idp.model.session import Session
from idp.ports import CodeCheck, CodeOrder, UnitOfWork
from idp.services import Services
from idp.sessions.begin import SignIn, begin
from realnames.identifiers.phone import parse_phone
from realnames.identifiers.sign_in_name import recognise

RESEND_SECONDS = 60
CODES_PER_HOUR = 10
"""Codes to one person in an hour; more is somebody else ringing at their door (threat K08)."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person proved it; `cookie` opens the session, `device_cookie` is to be kept beside it where there is one."""

    interaction: Interaction
    session: Session
    cookie: str
    device_cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """The proof did not match; so many tries are left before a pause."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class Paused:
    """Too many tries, or too many codes: again from this moment."""

    until: Instant


@dataclass(frozen=True, slots=True)
class Expired:
    """The code ran out; a new one is needed."""


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The right person, but the account is frozen or closed."""

    status: AccountStatus = AccountStatus.FROZEN


Outcome = SignedIn | Wrong | Paused | Expired | NotAllowed


@dataclass(frozen=True, slots=True)
class Attempt:
    """What every verb needs: the interaction, the channel it came over, and the browser's session before it."""

    interaction: Interaction
    channel: Channel
    session: Session | None
    now: Instant
    browser: Browser = NO_BROWSER


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

    def register(self, interaction: Interaction, typed: str, now: Instant, *, is_shared_device: bool) -> Interaction:
        """Take down the phone of who comes to register; raises `IdentifierRefused` when it is none.

        Whether somebody has it shows after its code was typed, to its holder alone (threat G01).
        """
        phone = parse_phone(typed).e164
        named = self.name(interaction, phone, now, is_shared_device=is_shared_device)
        return named.with_login(replace(_progress(named), registers=True))

    def send_code(self, interaction: Interaction, app_name: str, language: str, now: Instant) -> Interaction | Paused:
        """Promise a code to the person's phone; the interaction that waits for it, or when to ask again."""
        login = _progress(interaction)
        if login.code_sent_at is not None and now < after(login.code_sent_at, RESEND_SECONDS):
            return Paused(after(login.code_sent_at, RESEND_SECONDS))
        with self._services.begin() as unit_of_work:
            account = _account(unit_of_work, login)
            subject = self._subject(login, account)
            if paused := guesses.blocked_until(unit_of_work, subject, now):
                return Paused(paused)
            is_sandbox = account is not None and account.is_sandbox
            if not is_sandbox and self._services.ephemeral.incr(f"codes_sent:{subject.hex()}", 3600) > CODES_PER_HOUR:
                return Paused(after(now, 3600))
            medium, destination = self._destination(unit_of_work, login)
            order = CodeOrder(
                interaction_id=self._binding(interaction, destination),
                account_id=login.account_id,
                medium=medium,
                destination=destination,
                destination_is_sandbox=is_sandbox,
                app_name=app_name,
                language=language,
                at=now,
                registers=login.registers,
            )
            challenge = self._services.message_codes.send(unit_of_work, order)
            unit_of_work.events.record(
                Event(kind=Kind.AUDIT, action=Action.CODE_SENT, at=now, account_id=login.account_id)
            )
            unit_of_work.commit()
        return interaction.with_login(replace(login, challenge=challenge, medium=medium, code_sent_at=now))

    def check_code(self, attempt: Attempt, unverified_code: str) -> Outcome:
        """Sign in by the code that was sent."""
        login = _progress(attempt.interaction)
        with self._services.begin() as unit_of_work:
            account = _holder(unit_of_work, login)
            subject = self._subject(login, account)
            if paused := guesses.reserve(unit_of_work, subject, attempt.now):
                return Paused(paused)
            _, destination = self._destination(unit_of_work, login)
            binding = self._binding(attempt.interaction, destination)
            result = self._services.message_codes.check(login.challenge or "", binding, unverified_code)
            if result is CodeCheck.EXPIRED:
                return Expired()
            if result is CodeCheck.RIGHT and login.registers:
                account = self._holder_or_new(unit_of_work, attempt, Identifier(login.kind, login.typed))
            if result is CodeCheck.WRONG or account is None:
                return self._wrong(unit_of_work, account, subject, attempt, "wrong_code")
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
            stored = account and unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
            matches, better = self._services.passwords.verify(password, stored.secret if stored else None)
            if account is None or not matches:
                return self._wrong(unit_of_work, account, subject, attempt, "wrong_password")
            if better is not None:
                unit_of_work.credentials.put(account.id, CredentialKind.PASSWORD, better, attempt.now)
            return self._signed_in(unit_of_work, account, subject, attempt, _Proof(Method.PASSWORD))

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
        if login.kind is not IdentifierKind.PHONE or login.medium is not Medium.SMS:
            return False
        if account.status is not AccountStatus.ACTIVE:
            return False
        is_first = unit_of_work.accounts.verify(account.id, Identifier(login.kind, login.typed), attempt.now)
        if not is_first or account.id != login.account_id or account.is_sandbox:
            return False
        return claim(unit_of_work, account, attempt.session, attempt.now)

    def _destination(self, unit_of_work: UnitOfWork, login: LoginProgress) -> tuple[Medium, str | None]:
        """Where the code goes: to the typed phone, else to the phone or the mail address that the person left here."""
        if login.kind is IdentifierKind.PHONE:
            return Medium.SMS, login.typed
        if login.account_id is None:
            return Medium.SMS, None
        stored = unit_of_work.accounts.attributes(login.account_id)
        if stored.phone is None and stored.email is not None and Method.MAIL_CODE in self._services.methods:
            return Medium.MAIL, stored.email
        return Medium.SMS, stored.phone

    def _binding(self, interaction: Interaction, destination: str | None) -> str:
        """A code works in one interaction, and only while the person is still reached where it went (threat G10)."""
        bound = f"{interaction.id}\n{destination or ''}"
        return self._services.cipher.tag("sign_in_code", bound.encode("utf-8", "surrogatepass")).hex()

    def _subject(self, login: LoginProgress, account: Account | None) -> bytes:
        return guesses.subject_of(self._services.cipher, account, Identifier(login.kind, login.typed))

    def _wrong(
        self, unit_of_work: UnitOfWork, account: Account | None, subject: bytes, attempt: Attempt, why: str
    ) -> Outcome:
        unit_of_work.events.record(
            Event(
                kind=Kind.REFUSAL,
                action=Action.SIGN_IN_REFUSED,
                at=attempt.now,
                outcome=why,
                account_id=account.id if account else None,
                client_id=attempt.interaction.request.client_id,
                channel=attempt.channel.name,
            )
        )
        unit_of_work.commit()
        if paused := guesses.blocked_until(unit_of_work, subject, attempt.now):
            return Paused(paused)
        counted = unit_of_work.guesses.get(subject)
        return Wrong(max(0, guesses.FREE_TRIES - (counted.failures if counted else 0)))

    def _signed_in(
        self, unit_of_work: UnitOfWork, account: Account, subject: bytes, attempt: Attempt, proof: _Proof
    ) -> Outcome:
        unit_of_work.guesses.clear(subject)
        if account.status is not AccountStatus.ACTIVE:
            unit_of_work.commit()
            return NotAllowed(account.status)
        login = _progress(attempt.interaction)
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
            proven_by=None if proof.method is Method.PASSWORD else login.medium,
        )
        device_cookie = arrival.note(self._services, unit_of_work, arrived)
        unit_of_work.commit()
        done = attempt.interaction.with_sign_in(session.id, attempt.now)
        if login.registers and done.naming is None:
            done = replace(done, naming="offered")
        return SignedIn(done, session, cookie, device_cookie)


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
