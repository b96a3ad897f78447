"""For whom the person acts in this session, on the pages of their own account, which are never anybody else's."""

from typing import Any

from idp.clock import Instant
from idp.http.languages import Language
from idp.model.session import Visitor
from idp.pages.mandate_words import MandateWords
from idp.ports import UnitOfWork
from idp.services import Services

SWITCH = "/me/as"


def acting_here(
    services: Services, unit_of_work: UnitOfWork, visitor: Visitor, language: Language, now: Instant
) -> list[dict[str, Any]]:
    """Each app of this session at which the person acts for another now, for the banner above the page."""
    words, unheard = MandateWords(services, unit_of_work, language, now), services.settings.mandates.unheard_seconds
    told = []
    for place in unit_of_work.authorizations.acting_in(visitor.session.id):
        acting = None if place.mandate_id is None else unit_of_work.mandates.get(place.mandate_id)
        client = unit_of_work.clients.get(place.client_id)
        if acting is None or client is None or acting.why_not(now, unheard) is not None:
            continue
        shown = words.of(acting)
        told.append({**shown, "client_id": client.client_id, "app": client.client_name})
    return told
