"""Where the door leads a person who is signed in, but by one proof where the app asks for two."""

from collections.abc import Sequence
from dataclasses import replace

from idp.accounts.held import Held, held_by
from idp.clock import Instant
from idp.interaction.handles import Interactions
from idp.interaction.next_step import Situation
from idp.interaction.second_proof import Climb, ask_second, methods_left, page_of
from idp.model.client import Client
from idp.model.interaction import Interaction
from idp.model.policy import Level, Method, Proofing
from idp.model.session import VisitorAtClient, authentication_of
from idp.policy import levels
from idp.ports import UnitOfWork
from idp.services import Services


class SecondProofs:
    """Looks at what a person has only where a level was not reached: nobody else pays for it."""

    def __init__(self, services: Services, interactions: Interactions) -> None:
        self._services = services
        self._interactions = interactions
        sources = services.sources
        self._shows_who_it_is = any(each is not None for each in (sources.face, sources.net_id, sources.bank))

    def within_reach(
        self, unit_of_work: UnitOfWork, client: Client, situation: Situation, wishes: Sequence[Level] = ()
    ) -> Situation:
        """The situation, with the level that a second proof would reach, and the first of the app's wishes that it would."""
        visitor = situation.visitor
        if visitor is None or situation.reached >= max((situation.requirement.level, *wishes)):
            return situation
        if situation.reached < situation.requirement.level:
            _, methods = self._left(unit_of_work, client, visitor, situation.requirement.level)
            real = self._worth(visitor, methods, client, situation.now, Proofing.P3)
            return replace(
                situation,
                in_reach=self._best(visitor, methods, client, situation.now),
                proofing_helps=self._shows_who_it_is and real >= situation.requirement.level,
            )
        return replace(situation, wished=self._wished(unit_of_work, client, visitor, situation, wishes))

    def page(self, unit_of_work: UnitOfWork, client: Client, interaction: Interaction, situation: Situation) -> str:
        """The page of the step; whose proof it asks for is kept with the interaction."""
        visitor = situation.visitor
        if visitor is None:
            raise ValueError("nobody is signed in")
        is_wish = situation.reached >= situation.requirement.level
        level = situation.wished if is_wish else situation.requirement.level
        held, methods = self._left(unit_of_work, client, visitor, level)
        climb = Climb(level, situation.reached, may_skip=is_wish)
        asking = ask_second(interaction, visitor.session, held, methods, climb)
        return f"/s/{self._interactions.save(asking)}/{page_of(asking)}"

    def _wished(
        self,
        unit_of_work: UnitOfWork,
        client: Client,
        visitor: VisitorAtClient,
        situation: Situation,
        wishes: Sequence[Level],
    ) -> Level:
        """In the app's order of preference (OpenID Connect Core §3.1.2.1): what was reached stands where it comes first."""
        for wish in wishes:
            if situation.reached >= wish:
                break
            _, methods = self._left(unit_of_work, client, visitor, wish)
            if self._best(visitor, methods, client, situation.now) >= wish:
                return wish
        return Level.NONE

    def _left(
        self, unit_of_work: UnitOfWork, client: Client, visitor: VisitorAtClient, level: Level
    ) -> tuple[Held, tuple[Method, ...]]:
        held = held_by(self._services, unit_of_work, visitor.account.id)
        needed = levels.needed(self._services.settings.policy.levels, level)
        return held, methods_left(visitor.session, held, self._services.channels[client.channel], needed)

    def _best(self, visitor: VisitorAtClient, methods: Sequence[Method], client: Client, now: Instant) -> Level:
        """What the session is worth with the best of these proofs; `NONE` without any."""
        proofing = visitor.account.proofed(now).level
        return self._worth(visitor, methods, client, now, proofing) if methods else Level.NONE

    def _worth(
        self, visitor: VisitorAtClient, methods: Sequence[Method], client: Client, now: Instant, proofing: Proofing
    ) -> Level:
        """What the session would be worth with the best of these proofs, of a person of whom we are so sure."""
        shown = visitor.session.methods
        authentication = max(authentication_of((*shown, *more)) for more in ((), *((each,) for each in methods)))
        channels = self._services.channels
        of_channels = min(channels[client.channel].ceiling, channels[visitor.session.channel].ceiling)
        ceiling = min(of_channels, visitor.account.ceiling_at(now))
        table = self._services.settings.policy.levels
        return levels.reached(table, proofing, authentication, ceiling)
