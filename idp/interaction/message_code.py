"""Proof by a code that a message brought."""

from dataclasses import replace

from idp.accounts.claim import claim
from idp.accounts.message_budget import RESEND_SECONDS, Asker, spend
from idp.accounts.tries import Expired, Paused
from idp.clock import Instant, after
from idp.errors import Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.interaction.counting import Try
from idp.interaction.outcomes import Attempt, CodeWish, Outcome
from idp.interaction.proof import Proof, Proven, account_of
from idp.model.account import Account, AccountStatus, Identifier, IdentifierKind, NewAccount
from idp.model.interaction import Interaction, LoginProgress, progress_of
from idp.model.message import Medium
from idp.model.policy import Method, Proofing
from idp.ports import CodeCheck, CodeOrder, UnitOfWork


class MessageCodeProof(Proof):
    """A code to the person's phone, or to the mail address of who has none."""

    def send(self, interaction: Interaction, wish: CodeWish, now: Instant) -> Interaction | Paused:
        """Promise a code to the person's phone; the interaction that waits for it, or when to ask again.

        Raises `Unavailable` when no carrier brings such messages, or none to such numbers.
        """
        login = progress_of(interaction)
        if login.code_sent_at is not None and now < after(login.code_sent_at, RESEND_SECONDS):
            return Paused(after(login.code_sent_at, RESEND_SECONDS))
        with self._services.begin() as unit_of_work:
            account = account_of(unit_of_work, login)
            tried = _tried(login, account, wish, now)
            if paused := self._counting.paused(unit_of_work, tried):
                return paused
            medium, destination = self._destination(unit_of_work, login, by_voice=wish.by_voice)
            is_sandbox = account is not None and account.is_sandbox
            asker = Asker(interaction.browser, wish.address)
            if not is_sandbox and (until := self._spend(unit_of_work, destination or login.typed, asker, tried)):
                return Paused(until)
            order = CodeOrder(
                interaction_id=self._binding(interaction, account, destination),
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

    def _spend(self, unit_of_work: UnitOfWork, destination: str, asker: Asker, tried: Try) -> Instant | None:
        """Where others have used up what may be sent there, a browser that knows the person has its own (threat G03)."""
        until = spend(self._services, destination, asker, tried.at)
        known = None if until is None else self._counting.known_by_this(unit_of_work, tried)
        if known is None:
            return until
        return spend(self._services, destination, replace(asker, known_device=known.id), tried.at)

    def check(self, attempt: Attempt, unverified_code: str) -> Outcome:
        """Sign in by the code that was sent."""
        login = progress_of(attempt.interaction)
        with self._services.begin() as unit_of_work:
            account = _holder(unit_of_work, login)
            counted = self._count(unit_of_work, account, attempt, Method.MESSAGE_CODE)
            if isinstance(counted, Paused):
                return counted
            _, destination = self._destination(unit_of_work, login, by_voice=login.medium is Medium.VOICE)
            binding = self._binding(attempt.interaction, account, destination)
            result = self._services.message_codes.check(login.challenge or "", binding, unverified_code)
            if result is CodeCheck.EXPIRED:
                return Expired()
            if result is CodeCheck.RIGHT and login.registers:
                account = self._holder_or_new(unit_of_work, attempt, Identifier(login.kind, login.typed))
            if result is CodeCheck.WRONG or account is None:
                return self._wrong(unit_of_work, account, counted, attempt, "wrong_code")
            has_lost_factors = self._proves_phone(unit_of_work, account, attempt)
            account = unit_of_work.accounts.get(account.id) or account  # as the claim has left it
            method = Method.MAIL_CODE if login.medium is Medium.MAIL else Method.MESSAGE_CODE
            return self._signed_in(unit_of_work, account, counted, attempt, Proven(method, has_lost_factors))

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
        login = progress_of(attempt.interaction)
        if login.kind is not IdentifierKind.PHONE or login.medium is Medium.MAIL:
            return False
        if account.status is not AccountStatus.ACTIVE:
            return False
        is_first = unit_of_work.accounts.verify(account.id, Identifier(login.kind, login.typed), attempt.now)
        if not is_first or account.id != login.account_id or account.is_sandbox:
            return False
        if (
            account.proofed(attempt.now).level >= Proofing.P2
        ):  # a register or a window has said whose it is: nobody waits in there
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

    def _binding(self, interaction: Interaction, account: Account | None, destination: str | None) -> str:
        """A code works in one interaction, and only while the person is still reached where it went (threat G10).

        Nor does it outlive what took everything away that opened the account, should the same phone open it again.
        """
        restarted_at = account.restarted_at if account is not None else None
        bound = f"{interaction.id}\n{restarted_at or 0}\n{destination or ''}"
        return self._services.cipher.tag("sign_in_code", bound.encode("utf-8", "surrogatepass")).hex()


def _tried(login: LoginProgress, account: Account | None, wish: CodeWish, now: Instant) -> Try:
    name = Identifier(login.kind, login.typed)
    return Try(
        account=account,
        name=name,
        unverified_cookie=wish.unverified_device,
        at=now,
        address=wish.address,
        factor=Method.MESSAGE_CODE,
    )


def _holder(unit_of_work: UnitOfWork, login: LoginProgress) -> Account | None:
    """The person, if what was typed is still theirs: a code to a phone that was given up signs nobody in.

    It is looked for whether or not somebody had it when it was typed, so that the clock does not tell (threat G01).
    """
    account = unit_of_work.accounts.find(Identifier(login.kind, login.typed))
    return account if account is not None and account.id == login.account_id else None
