"""The composition root: the one room that knows all five packages."""

from idp.app.application import application, create_app
from idp.app.composition import Installation, install, load_settings

__all__ = ["Installation", "application", "create_app", "install", "load_settings"]
