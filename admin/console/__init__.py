"""The operations as pages, for the three officers."""

from importlib import import_module
from typing import TYPE_CHECKING

from idp.http.html import Html
from idp.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Blueprint


PAGES = (
    "home",
    "dashboard",
    "log",
    "log_proof",
    "conduct",
    "holds",
    "drafts",
    "apps",
    "self_registration",
    "people",
    "identity",
    "sessions",
    "keys",
    "connections",
    "officers",
    "own_keys",
)
"""Modules of this package, each with the blueprint of its pages."""


def blueprints(services: Services, html: Html) -> "Iterable[Blueprint]":
    """Every page of the console; imported here, since whoever only reads operations needs no Flask."""
    from admin.console import invitation
    from admin.console.entrance import Entrance
    from admin.console.frame import Frame
    from admin.console.strangers import Strangers

    entrance, frame = Entrance(services, Strangers(html)), Frame(services, html)
    for name in PAGES:
        yield import_module(f"admin.console.{name}").blueprint(services, frame, entrance)
    yield invitation.blueprint(services, html)
