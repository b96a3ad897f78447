"""Why a sign-in cannot go on in this browser, and where its person starts again: never a dead end (threat F02)."""

from idp.clock import Instant, after
from idp.errors import SignInOver
from idp.interaction.handles import LIFETIME, Interactions
from idp.model.client import Client, ClientStatus
from idp.model.interaction import Interaction
from idp.ports import UnitOfWork
from idp.services import Services

_JUST_BEGUN = 60
"""Seconds in which a browser that was given a cookie and comes without it has not kept it."""


def sign_in_over(
    services: Services, interactions: Interactions, unit_of_work: UnitOfWork, handle: str, browser: str | None
) -> SignInOver:
    """What to tell whoever opens this handle, which `Interactions.find` did not give to this browser."""
    interaction = interactions.known(handle)
    if interaction is None:
        return SignInOver("ended")
    client = unit_of_work.clients.get(interaction.request.client_id)
    return SignInOver(_kind(interaction, browser, services.clock()), *_start_of(client, services.settings.issuer))


def _kind(interaction: Interaction, browser: str | None, now: Instant) -> str:
    if now >= after(interaction.created_at, LIFETIME):
        return "ended"
    is_young = now < after(interaction.created_at, _JUST_BEGUN)
    return "cookies" if browser is None and is_young else "other_browser"


def _start_of(client: Client | None, issuer: str) -> tuple[str | None, str | None]:
    """The app's registered name and address, while it is there to go back to."""
    address = client and client.start_address(issuer)
    if client is None or not address or client.status is not ClientStatus.ACTIVE:
        return None, None
    return client.client_name, address
