"""The composition root: the one room that knows all five packages."""

from typing import TYPE_CHECKING

from idp.app.composition import Installation, install, load_settings

if TYPE_CHECKING:
    from idp.http.router import Application

__all__ = ["Installation", "create_app", "install", "load_settings"]


def create_app(installation: Installation) -> "Application":
    """The application over an installation; its modules load only in a process that answers requests."""
    from idp.app.application import create_app as create

    return create(installation)
