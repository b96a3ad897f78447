"""For whom a person may act at an app: looked at only where the app accepts mandates, and somebody is signed in."""

from dataclasses import replace

from idp.accounts.mandate_use import confirmed
from idp.interaction.identities import offered
from idp.interaction.next_step import Identities, Situation
from idp.model.client import Client
from idp.model.interaction import Interaction
from idp.ports import UnitOfWork
from idp.services import Services


def with_identities(
    services: Services, unit_of_work: UnitOfWork, client: Client, interaction: Interaction, situation: Situation
) -> Situation:
    """The same situation; whoever has no mandate is asked nothing, unless the app wants them to act for somebody.

    What is about to be used is confirmed first: the register is asked, where what it said is old.
    """
    if not client.accepts_mandates or situation.session is None:
        return situation
    session, request = situation.session, interaction.request
    found = offered(services, unit_of_work, session.account_id, request, situation.now)
    last = unit_of_work.authorizations.last_at(session.id, client.client_id)
    chosen = interaction.identity.mandate_id if interaction.identity is not None else None
    if "none" in request.prompt and last is not None and interaction.identity is None:
        chosen = last.mandate_id
    kept = [each for each in found if each.mandate.id != chosen or confirmed(services, each, situation.now)]
    if not kept and request.mandate is None and (last is None or last.mandate_id is None):
        return situation
    identities = Identities(
        mandates=tuple(each.mandate.id for each in kept),
        is_wanted=request.mandate is not None,
        was_used=last is not None,
        last_used=None if last is None else last.mandate_id,
    )
    return replace(situation, identities=identities)
