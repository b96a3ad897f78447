"""Where the door leads a person who is signed in, but by one proof where the app asks for two."""

from dataclasses import replace

from idp.accounts.held import Held, held_by
from idp.clock import Instant
from idp.interaction.handles import Interactions
from idp.interaction.next_step import Situation
from idp.interaction.second_proof import ask_second, methods_left, page_of
from idp.model.client import Client
from idp.model.interaction import Interaction
from idp.model.policy import Authentication, Level, Method
from idp.model.session import VisitorAtClient, authentication_of
from idp.policy import levels
from idp.ports import UnitOfWork
from idp.services import Services


class SecondProofs:
    """Looks at what a person has only where a level was not reached: nobody else pays for it."""

    def __init__(self, services: Services, interactions: Interactions) -> None:
        self._services = services
        self._interactions = interactions

    def within_reach(self, unit_of_work: UnitOfWork, client: Client, situation: Situation) -> Situation:
        """The situation, with the level that a second proof would reach."""
        visitor = situation.visitor
        if visitor is None or situation.reached >= situation.requirement.level:
            return situation
        _, methods = self._left(unit_of_work, client, visitor, situation)
        shown = (authentication_of((*visitor.session.methods, method)) for method in methods)
        best = max(shown, default=Authentication.NONE)
        reached = self._reached_by(best, client, visitor, situation.now) if methods else Level.NONE
        return replace(situation, in_reach=reached)

    def page(self, unit_of_work: UnitOfWork, client: Client, interaction: Interaction, situation: Situation) -> str:
        """The page of the step; whose proof it asks for is kept with the interaction."""
        visitor = situation.visitor
        if visitor is None:
            raise ValueError("nobody is signed in")
        held, methods = self._left(unit_of_work, client, visitor, situation)
        wanted = (situation.requirement.level, situation.reached)
        asking = ask_second(interaction, visitor.session, held, methods, wanted)
        return f"/s/{self._interactions.save(asking)}/{page_of(asking)}"

    def _left(
        self, unit_of_work: UnitOfWork, client: Client, visitor: VisitorAtClient, situation: Situation
    ) -> tuple[Held, tuple[Method, ...]]:
        held = held_by(self._services, unit_of_work, visitor.account.id)
        needed = levels.needed(self._services.settings.policy.levels, situation.requirement.level)
        return held, methods_left(visitor.session, held, self._services.channels[client.channel], needed)

    def _reached_by(
        self, authentication: Authentication, client: Client, visitor: VisitorAtClient, now: Instant
    ) -> Level:
        channels = self._services.channels
        of_channels = min(channels[client.channel].ceiling, channels[visitor.session.channel].ceiling)
        ceiling = min(of_channels, visitor.account.ceiling_at(now))
        table = self._services.settings.policy.levels
        return levels.reached(table, visitor.account.proofing, authentication, ceiling)
