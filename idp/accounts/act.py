"""Something that a signed-in person does to their own account."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.notice import Notice, NoticeKind
from idp.model.session import Visitor


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, in which language of the page, and when."""

    visitor: Visitor
    language: str
    at: Instant

    def event(self, action: Action, data: Mapping[str, str | int | list[str]] | None = None) -> Event:
        """What the log says of it."""
        return Event(
            kind=Kind.AUDIT,
            action=action,
            at=self.at,
            account_id=self.visitor.account.id,
            session_id=self.visitor.session.id,
            channel=self.visitor.session.channel,
            data=data or {},
        )

    def notice(self, kind: NoticeKind) -> Notice:
        """What the person is told of it by every other way."""
        return Notice(
            account_id=self.visitor.account.id,
            kind=kind,
            at=self.at,
            device=self.visitor.session.device,
            language=self.language,
        )
