"""The operations as pages, for the three officers."""

from typing import TYPE_CHECKING

from idp.http.html import Html
from idp.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Blueprint


def blueprints(services: Services, html: Html) -> "Iterable[Blueprint]":
    """Every page of the console."""
    from admin.console import (
        apps,
        conduct,
        connections,
        dashboard,
        drafts,
        holds,
        home,
        invitation,
        keys,
        log,
        officers,
        own_keys,
        people,
        sessions,
    )
    from admin.console.entrance import Entrance
    from admin.console.frame import Frame
    from admin.console.strangers import Strangers

    entrance, frame = Entrance(services, Strangers(html)), Frame(services, html)
    for each in (
        home,
        dashboard,
        log,
        conduct,
        holds,
        drafts,
        apps,
        people,
        sessions,
        keys,
        connections,
        officers,
        own_keys,
    ):
        yield each.blueprint(services, frame, entrance)
    yield invitation.blueprint(services, html)
