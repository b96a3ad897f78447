"""For whom a person may act at the app that waits: by mandates that reach what it asks for."""

from collections.abc import Sequence
from dataclasses import replace

from idp.accounts.mandate_use import usable
from idp.clock import Instant
from idp.model.client import Client
from idp.model.interaction import AuthorizationRequest, IdentityChoice, Interaction
from idp.model.mandate import Acting
from idp.model.matter import within
from idp.ports import UnitOfWork
from idp.services import Services


def offered(
    services: Services, unit_of_work: UnitOfWork, account_id: int, asked: AuthorizationRequest, now: Instant
) -> Sequence[Acting]:
    """The mandates that may be chosen for this request, the oldest first."""
    client = unit_of_work.clients.get(asked.client_id)
    if client is None:
        return ()
    found = usable(services, unit_of_work, account_id, client, now)
    return [acting for acting in found if _is_meant(acting, client, asked)]


def choose(interaction: Interaction, choice: IdentityChoice) -> Interaction:
    """The same interaction, with for whom the person acts; what was allowed for somebody else is asked again."""
    is_another = interaction.identity is not None and interaction.identity.mandate_id != choice.mandate_id
    chosen = interaction.with_identity(choice)
    return chosen if is_another else replace(chosen, consent=interaction.consent)


def _is_meant(acting: Acting, client: Client, asked: AuthorizationRequest) -> bool:
    """Whether it is one that the request wants, and reaches every matter that it names."""
    wish, limit = asked.mandate, acting.mandate.remit.matters_of(client.client_id)
    reaches = limit is None or all(within(matter, limit) for matter in asked.matters)
    return reaches and (wish is None or wish.is_met_by(acting))
