"""Tokens of whoever acts for another, or for an organisation (RFC 8693 §4.1): they live no longer than the mandate does.

In an id_token and at userinfo `sub` is always who signed in; whom they act for stands in `on_behalf_of` or `org`. An access token
is the principal's, with the agent in `act`, and it is always opaque: whoever receives it asks us, so that it dies when told.
"""

from idp.accounts.mandate_use import may_act_at
from idp.clock import Instant
from idp.model import remit
from idp.model.authorization import Grant
from idp.model.client import Client, ClientStatus
from idp.model.mandate import Acting
from idp.oauth.extensions.authorization_details import InvalidAuthorizationDetailsError
from idp.oauth.extensions.resource_indicators import InvalidTargetError
from idp.oauth.tokens import Order
from idp.ports import UnitOfWork
from idp.services import Services


class StandingMandates:
    """Asks at each use of a token whether its mandate stands."""

    def __init__(self, services: Services) -> None:
        self._unheard_seconds = services.settings.mandates.unheard_seconds

    def of(self, unit_of_work: UnitOfWork, grant: Grant, now: Instant) -> Acting | None:
        """The mandate of a grant that has one, if it may be used now at the app that it was granted to."""
        acting = None if grant.mandate_id is None else unit_of_work.mandates.get(grant.mandate_id)
        if acting is None or acting.mandate.agent_id != grant.account_id:
            return None
        client = unit_of_work.clients.get(grant.client_id)
        if client is None or client.status is not ClientStatus.ACTIVE or not may_act_at(acting, client):
            return None
        return acting if acting.why_not(now, self._unheard_seconds) is None else None


def within_the_mandate(unit_of_work: UnitOfWork, order: Order, acting: Acting) -> Order:
    """The order cut down to the mandate as it is now, for a resource that takes such tokens.

    Raises:
        InvalidTargetError: the resource knows nobody who acts for another.
        InvalidAuthorizationDetailsError: of the matters nothing is left.
    """
    resource = None if order.audience is None else unit_of_work.clients.of_resource(order.audience)
    if resource is not None and not accepts(resource, acting):
        raise InvalidTargetError("The resource takes no tokens of who acts for another.")
    client_id = order.client.client_id if order.grant is None else order.grant.client_id
    scope, matters = remit.narrowed(acting.mandate.remit, client_id, order.scope, order.matters)
    if order.matters and not matters:
        raise InvalidAuthorizationDetailsError("The mandate reaches none of the matters.")
    is_once = acting.mandate.is_single_use
    generation = None if is_once else order.refresh_generation
    return order._replace(scope=scope, matters=matters, acting=acting, refresh_generation=generation)


def accepts(client: Client, acting: Acting) -> bool:
    """Whether the client, an app or a resource, registered that it deals with people who act so."""
    return acting.mandate.role.principal_kind.value in client.accepts_mandates
