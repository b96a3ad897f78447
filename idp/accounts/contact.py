"""A person changes how they are reached: the new phone or mail address counts once its code was typed, and not before.

Nothing is written down until then, so there is no unproven address that could be taken for a proven one, and no old code
that still works for it (threats G09, G10). Whether somebody else has the new one shows only to who holds it (G01).
"""

from dataclasses import dataclass, replace

from pydantic_core import from_json, to_json

from idp.accounts.act import Act
from idp.accounts.contact_code import MEDIUM, ContactCodes, Right, Wanted
from idp.accounts.message_budget import RESEND_SECONDS
from idp.accounts.notices import Notices
from idp.accounts.tries import Expired, Paused, Wrong
from idp.accounts.waiting import cancel_waiting
from idp.clock import Instant, after
from idp.errors import Refused
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.notice import NoticeKind
from idp.model.recovery import RecoveryOutcome
from idp.model.session import Visitor
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.hold import hold

PENDING_SECONDS = 3600
"""How long a change waits for its code; the code itself lives ten minutes, and another one is sent then."""

_ACTION = {IdentifierKind.PHONE: Action.ACCOUNT_PHONE_CHANGED, IdentifierKind.EMAIL: Action.ACCOUNT_MAIL_CHANGED}
_NOTICE = {IdentifierKind.PHONE: NoticeKind.PHONE_CHANGED, IdentifierKind.EMAIL: NoticeKind.MAIL_CHANGED}


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

    purpose = "contact_change"
    """What waits for its code is kept under it, and the code is bound to it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._codes = ContactCodes(services)

    def pending(self, visitor: Visitor, kind: IdentifierKind) -> PendingChange | None:
        """What waits for its code, for the session alone that asked for it."""
        stored = self._services.ephemeral.get(self._key(visitor, kind))
        opened = stored and self._services.cipher.open("contact_change", stored, self._key(visitor, kind))
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
            wanted = self._wanted(visitor, new, now)
            challenge = self._codes.send(unit_of_work, wanted, language=act.language, address=address)
            if isinstance(challenge, Paused):
                return challenge
            unit_of_work.events.record(act.event(Action.CODE_SENT))
            unit_of_work.commit()
        pending = PendingChange(value=new.value, session_id=visitor.session.id, challenge=challenge, sent_at=now)
        key = self._key(visitor, new.kind)
        sealed = self._services.cipher.seal("contact_change", to_json(pending), key)
        self._services.ephemeral.put(key, sealed, PENDING_SECONDS)
        return pending

    def confirm(
        self, act: Act, new: Identifier, pending: PendingChange, unverified_code: str
    ) -> Changed | Taken | Wrong | Paused | Expired:
        """Make the change, if it is the code that was sent."""
        visitor, now = act.visitor, act.at
        with self._services.begin() as unit_of_work:
            checked = self._codes.check(
                unit_of_work, self._wanted(visitor, new, now), pending.challenge, unverified_code
            )
            if not isinstance(checked, Right):
                return checked
            self._services.ephemeral.take(self._key(visitor, new.kind))
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
        self._services.ephemeral.take(self._key(act.visitor, IdentifierKind.EMAIL))
        with self._services.begin() as unit_of_work:
            if unit_of_work.accounts.attributes(act.visitor.account.id).email is not None:
                self._write(unit_of_work, act, IdentifierKind.EMAIL, None)

    def _write(self, unit_of_work: UnitOfWork, act: Act, kind: IdentifierKind, new: Identifier | None) -> None:
        hold(unit_of_work, act.visitor)
        account_id = act.visitor.account.id
        stored = unit_of_work.accounts.attributes(account_id)
        former = stored.phone if kind is IdentifierKind.PHONE else stored.email
        unit_of_work.accounts.change_identifier(account_id, kind, new, act.at)
        if kind is IdentifierKind.PHONE:  # who can change it waits for no other one, and lets nobody else wait
            cancel_waiting(unit_of_work, account_id, act.at, RecoveryOutcome.OVERTAKEN)
        change = "removed" if new is None else "added" if former is None else "changed"
        unit_of_work.events.record(act.event(_ACTION[kind], {"change": change}))
        notice = replace(
            act.notice(_NOTICE[kind]),
            proven_by=None if new is None else MEDIUM[kind],
            former=None if former is None else (MEDIUM[kind], former),
        )
        Notices(self._services).notify(unit_of_work, notice)
        unit_of_work.commit()

    def _wanted(self, visitor: Visitor, new: Identifier, now: Instant) -> Wanted:
        """A code works for this person, purpose, session and number alone."""
        return Wanted(account=visitor.account, new=new, place=f"{self.purpose} {visitor.session.id}", at=now)

    def _key(self, visitor: Visitor, kind: IdentifierKind) -> str:
        return f"{self.purpose}:{kind}:{visitor.account.id}"
