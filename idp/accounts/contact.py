"""A person changes how they are reached: the new phone or mail address counts once its code was typed, and not before.

Nothing is written down until then, so there is no unproven address that could be taken for a proven one, and no old code
that still works for it (threats G09, G10). Whether somebody else has the new one shows only to who holds it (G01).
"""

from dataclasses import dataclass, replace

from pydantic_core import from_json, to_json

from idp.accounts import guesses
from idp.accounts.act import Act
from idp.accounts.message_budget import RESEND_SECONDS, Asker, spend
from idp.accounts.notices import Notices
from idp.accounts.tries import Expired, Paused, Wrong
from idp.clock import Instant, after
from idp.errors import Refused
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.message import Medium
from idp.model.notice import NoticeKind
from idp.model.session import Visitor
from idp.ports import CodeCheck, CodeOrder, CodePurpose, UnitOfWork
from idp.services import Services
from idp.sessions.hold import hold

PENDING_SECONDS = 3600
"""How long a change waits for its code; the code itself lives ten minutes, and another one is sent then."""

_ACTION = {IdentifierKind.PHONE: Action.ACCOUNT_PHONE_CHANGED, IdentifierKind.EMAIL: Action.ACCOUNT_MAIL_CHANGED}
_NOTICE = {IdentifierKind.PHONE: NoticeKind.PHONE_CHANGED, IdentifierKind.EMAIL: NoticeKind.MAIL_CHANGED}
_MEDIUM = {IdentifierKind.PHONE: Medium.SMS, IdentifierKind.EMAIL: Medium.MAIL}


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A phone or mail address that waits for its code."""

    value: str
    session_id: int
    challenge: str
    sent_at: Instant


@dataclass(frozen=True, slots=True)
class Taken:
    """The code was right, and another account has it."""


@dataclass(frozen=True, slots=True)
class Changed:
    """It is theirs from now on."""


class ContactChange:
    """The verbs; all are the signed-in person's own."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def pending(self, visitor: Visitor, kind: IdentifierKind) -> PendingChange | None:
        """What waits for its code, for the session alone that asked for it."""
        stored = self._services.ephemeral.get(_key(visitor, kind))
        opened = stored and self._services.cipher.open("contact_change", stored, _key(visitor, kind))
        pending = PendingChange(**from_json(opened)) if opened else None
        return pending if pending is not None and pending.session_id == visitor.session.id else None

    def start(self, act: Act, new: Identifier, address: str) -> PendingChange | Paused:
        """Send a code to the new phone or address, whoever has it; what waited before, and its code, is dead.

        Under the budgets of the sign-in (threat K08); `address` is the client's. Raises `Unavailable` where nothing can
        be sent.
        """
        visitor, now = act.visitor, act.at
        before = self.pending(visitor, new.kind)
        if before is not None and before.value == new.value and now < after(before.sent_at, RESEND_SECONDS):
            return before
        with self._services.begin() as unit_of_work:
            if paused := guesses.blocked_until(unit_of_work, self._subject(visitor), now):
                return Paused(paused)
            asker = Asker(f"account {visitor.account.id}", address)
            if not visitor.account.is_sandbox and (until := spend(self._services, new.value, asker, now)):
                return Paused(until)
            order = CodeOrder(
                interaction_id=self._binding(visitor, new),
                account_id=visitor.account.id,
                medium=_MEDIUM[new.kind],
                destination=new.value,
                destination_is_sandbox=visitor.account.is_sandbox,
                app_name="",
                language=act.language,
                at=now,
                purpose=CodePurpose.CONTACT,
            )
            challenge = self._services.message_codes.send(unit_of_work, order).challenge
            unit_of_work.events.record(act.event(Action.CODE_SENT))
            unit_of_work.commit()
        pending = PendingChange(value=new.value, session_id=visitor.session.id, challenge=challenge, sent_at=now)
        key = _key(visitor, new.kind)
        sealed = self._services.cipher.seal("contact_change", to_json(pending), key)
        self._services.ephemeral.put(key, sealed, PENDING_SECONDS)
        return pending

    def confirm(
        self, act: Act, new: Identifier, pending: PendingChange, unverified_code: str
    ) -> Changed | Taken | Wrong | Paused | Expired:
        """Make the change, if it is the code that was sent."""
        visitor, now = act.visitor, act.at
        subject = self._subject(visitor)
        with self._services.begin() as unit_of_work:
            if paused := guesses.reserve(unit_of_work, subject, now):
                return Paused(paused)
            binding = self._binding(visitor, new)
            result = self._services.message_codes.check(pending.challenge, binding, unverified_code)
            if result is CodeCheck.EXPIRED:
                return Expired()
            if result is CodeCheck.WRONG:
                return self._wrong(unit_of_work, subject, now)
            self._services.ephemeral.take(_key(visitor, new.kind))
            unit_of_work.guesses.clear(subject)
            try:
                self._write(unit_of_work, act, new.kind, new)
            except Refused as refused:
                if refused.code != "identifier_taken":
                    raise
                unit_of_work.roll_back()
                return Taken()
        return Changed()

    def remove_mail(self, act: Act) -> None:
        """Forget the mail address; what waits for a code is forgotten, too."""
        self._services.ephemeral.take(_key(act.visitor, IdentifierKind.EMAIL))
        with self._services.begin() as unit_of_work:
            if unit_of_work.accounts.attributes(act.visitor.account.id).email is not None:
                self._write(unit_of_work, act, IdentifierKind.EMAIL, None)

    def _write(self, unit_of_work: UnitOfWork, act: Act, kind: IdentifierKind, new: Identifier | None) -> None:
        hold(unit_of_work, act.visitor)
        account_id = act.visitor.account.id
        stored = unit_of_work.accounts.attributes(account_id)
        former = stored.phone if kind is IdentifierKind.PHONE else stored.email
        unit_of_work.accounts.change_identifier(account_id, kind, new, act.at)
        change = "removed" if new is None else "added" if former is None else "changed"
        unit_of_work.events.record(act.event(_ACTION[kind], {"change": change}))
        notice = replace(
            act.notice(_NOTICE[kind]),
            proven_by=None if new is None else _MEDIUM[kind],
            former=None if former is None else (_MEDIUM[kind], former),
        )
        Notices(self._services).notify(unit_of_work, notice)
        unit_of_work.commit()

    def _wrong(self, unit_of_work: UnitOfWork, subject: bytes, now: Instant) -> Wrong | Paused:
        if paused := guesses.blocked_until(unit_of_work, subject, now):
            return Paused(paused)
        counted = unit_of_work.guesses.get(subject)
        return Wrong(max(0, guesses.FREE_TRIES - (counted.failures if counted else 0)))

    def _subject(self, visitor: Visitor) -> bytes:
        """Guesses at codes for this count apart from those at the sign-in: nobody locks themselves out by a typing error."""
        return self._services.cipher.index("guess", f"contact:{visitor.account.id}")

    def _binding(self, visitor: Visitor, new: Identifier) -> str:
        """A code works for this person, session and number alone."""
        bound = f"{visitor.account.id}\n{visitor.session.id}\n{new.kind}\n{new.value}"
        return self._services.cipher.tag("contact_change", bound.encode()).hex()


def _key(visitor: Visitor, kind: IdentifierKind) -> str:
    return f"contact_change:{kind}:{visitor.account.id}"
