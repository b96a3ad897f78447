"""The pages behind the protocol endpoints: Flask and what it needs load with the first page that somebody asks for.

A process that answers apps only never loads them: they take a seventh of its start and of its memory. Whoever comes
first to a page waits a tenth of a second longer.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.request import Environ
from idp.http.router import Application
from idp.http.static_files import StaticFiles
from idp.services import Services

if TYPE_CHECKING:
    from flask import Blueprint


_OF_THE_ACCOUNT = frozenset({"", "me", "recover"})
"""First segments of paths."""


class Pages:
    """All pages as one WSGI application of three parts, each of which is made when somebody first asks for a page of it."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages, static_files: StaticFiles) -> None:
        self._services = services
        self._html = html
        self._errors = errors
        self._static_files = static_files

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer with a page."""
        first = environ.get("PATH_INFO", "")[1:].partition("/")[0]
        if first == "console":
            return self._console(environ, start_response)
        return (self._account if first in _OF_THE_ACCOUNT else self._way)(environ, start_response)

    @cached_property
    def _way(self) -> Application:
        return self._made_of(self._on_the_way())

    @cached_property
    def _account(self) -> Application:
        return self._made_of(self._of_the_account())

    @cached_property
    def _console(self) -> Application:
        from admin.console import blueprints

        return self._made_of(blueprints(self._services, self._html))

    def _made_of(self, blueprints: "Iterable[Blueprint]") -> Application:
        from idp.web import mount, new_pages

        pages = new_pages()
        for blueprint in blueprints:
            mount(pages, blueprint, self._errors)
        application: Application = pages.wsgi_app
        return application

    def _on_the_way(self) -> "Iterable[Blueprint]":
        """The steps of a sign-in, and what everybody may read."""
        from idp.pages import freeze, help, status  # noqa: A004 - the page is called help
        from idp.pages.account import naming_step, proofing_step
        from idp.pages.sign_in import (
            citizen_card,
            consent,
            face,
            identity,
            message_code,
            name,
            new_start,
            one_time_code,
            passkey,
            password,
            recover,
            recovery_code,
            register,
            slip,
            ways,
        )

        services, html, errors = self._services, self._html, self._errors
        proofs = (message_code, password, one_time_code, passkey, citizen_card, recovery_code, face)
        for step in (name, register, *proofs, ways, recover, slip, new_start):
            yield step.blueprint(services, html, errors)
        yield identity.blueprint(services, html)
        yield consent.blueprint(services, html)
        yield naming_step.blueprint(services, html)
        yield proofing_step.blueprint(services, html)
        yield help.blueprint(services, html, self._static_files)
        yield status.blueprint(services, html)
        yield freeze.blueprint(services, html, errors)

    def _of_the_account(self) -> "Iterable[Blueprint]":
        """Everything below /me."""
        from idp.pages.account import (
            activity,
            apps,
            authenticator_app,
            child,
            citizen_cards,
            closing,
            contact,
            data,
            delegations,
            devices,
            documents,
            export,
            face_choice,
            identities,
            lost_phone,
            methods,
            naming,
            new_delegation,
            new_password,
            not_me,
            organizations,
            overview,
            passkeys,
            proofing,
            real_person,
            recovery_codes,
            staying,
        )

        of_methods = (methods, new_password, authenticator_app, passkeys, citizen_cards, recovery_codes, face_choice)
        of_data = (data, contact, lost_phone, closing, export, naming, documents, proofing, real_person)
        of_mandates = (delegations, new_delegation, child, organizations, identities)
        for each in (overview, devices, apps, activity, not_me, staying, *of_methods, *of_data, *of_mandates):
            yield each.blueprint(self._services, self._html)
