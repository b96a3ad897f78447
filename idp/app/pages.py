"""The pages behind the protocol endpoints: Flask and what it needs load with the first page that somebody asks for.

A process that answers apps only never loads them: they take a seventh of its start and of its memory. Whoever comes
first to a page waits a tenth of a second longer.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Environ
from idp.http.router import Application
from idp.http.static_files import StaticFiles
from idp.services import Services


class Pages:
    """All pages as one WSGI application."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages, static_files: StaticFiles) -> None:
        self._services = services
        self._html = html
        self._errors = errors
        self._static_files = static_files

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer with a page."""
        return self._application(environ, start_response)

    @cached_property
    def _application(self) -> Application:
        from flask import Flask

        from idp.pages import consent, freeze, help, interaction, naming_step, status  # noqa: A004 - the page is called help
        from idp.pages.account import (
            activity,
            apps,
            authenticator_app,
            closing,
            contact,
            data,
            devices,
            export,
            methods,
            naming,
            new_password,
            not_me,
            overview,
        )
        from idp.web import mount

        services, html, errors = self._services, self._html, self._errors
        pages = Flask("idp.pages", static_folder=None, template_folder=None)
        for blueprint in (
            interaction.blueprint(services, html, errors),
            consent.blueprint(services, html),
            naming_step.blueprint(services, html),
            naming.blueprint(services, html),
            overview.blueprint(services, html),
            methods.blueprint(services, html),
            new_password.blueprint(services, html),
            authenticator_app.blueprint(services, html),
            devices.blueprint(services, html),
            apps.blueprint(services, html),
            activity.blueprint(services, html),
            not_me.blueprint(services, html),
            data.blueprint(services, html),
            contact.blueprint(services, html),
            closing.blueprint(services, html),
            export.blueprint(services, html),
            help.blueprint(services, html, self._static_files),
            status.blueprint(services, html),
            freeze.blueprint(services, html, errors),
        ):
            mount(pages, blueprint, errors)
        application: Application = pages.wsgi_app
        return application
