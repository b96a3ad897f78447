"""What a sign-in is worth now, for what its person does to their own account."""

from idp.clock import Instant
from idp.model.policy import Level
from idp.model.session import Visitor
from idp.policy.levels import reached
from idp.services import Services


def level_of(services: Services, visitor: Visitor, now: Instant) -> Level:
    """The level that the session reached over its channel, by what counts of its person now."""
    session, account = visitor.session, visitor.account
    ceiling = min(services.channels[session.channel].ceiling, account.ceiling_at(now))
    table = services.settings.policy.levels
    return reached(table, account.proofed(now).level, session.authentication, ceiling)
