"""The one WSGI application: protocol endpoints in front, the pages behind."""

import gc
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import structlog

from idp.app.api import Api
from idp.app.composition import Installation, install, load_settings
from idp.app.logs import configure_logging
from idp.app.observed import Observed
from idp.app.pages import Pages
from idp.app.password_door import PasswordDoor
from idp.app.registrations import dynamic_registration
from idp.app.report_counts import count_report
from idp.audit.usage import UsageCounts
from idp.endpoints import (
    authorization,
    discovery,
    end_session,
    id_match,
    introspection,
    jwks,
    logos,
    message_reports,
    pushed_authorization_request,
    registration,
    revocation,
    token,
    userinfo,
)
from idp.endpoints.authorization import AuthorizationEndpoint
from idp.endpoints.discovery import DiscoveryEndpoint
from idp.endpoints.end_session import EndSessionEndpoint
from idp.endpoints.id_match import IdMatchEndpoint
from idp.endpoints.introspection import IntrospectionEndpoint
from idp.endpoints.jwks import JwksEndpoint
from idp.endpoints.logos import LogosEndpoint
from idp.endpoints.message_reports import MessageReportsEndpoint
from idp.endpoints.protected_resource import ProtectedResourceEndpoint
from idp.endpoints.pushed_authorization_request import PushedAuthorizationRequestEndpoint
from idp.endpoints.registration import RegistrationEndpoint
from idp.endpoints.revocation import RevocationEndpoint
from idp.endpoints.signed_out import SignedOutEndpoint
from idp.endpoints.token import TokenEndpoint
from idp.endpoints.userinfo import UserinfoEndpoint
from idp.errors import Unavailable
from idp.http.error_page import ErrorPages
from idp.http.html import Html
from idp.http.languages import CHINESE, ENGLISH
from idp.http.request import Hops
from idp.http.response import Response, json_response
from idp.http.router import Application, Handler, Surface, only
from idp.http.static_files import StaticFiles
from idp.http.templates import City, Templates
from idp.oauth.extensions.response_mode import AuthorizationResponses
from idp.oauth.extensions.signed_response import SignedResponses
from idp.oauth.server import AuthorizationServer
from idp.sessions import just_ended
from idp.settings import CONFIG_VARIABLE
from idp.settings import City as CitySettings

log = structlog.get_logger()

_SWITCH_SECONDS = 0.001


def application() -> Application:
    """What a server process runs; the settings file is named in the environment by `idp serve`."""
    config = os.environ.get(CONFIG_VARIABLE)
    settings = load_settings(Path(config) if config else None)
    configure_logging(settings.log_format)
    installation = install(settings)
    with suppress(Unavailable):  # the keys are read while the database answers, and serve on when it does not (O05)
        installation.services.signer.jwks()
    created = create_app(installation)
    # A page takes milliseconds, a token none: whoever waits for the interpreter asks for it after one, not after five.
    sys.setswitchinterval(_SWITCH_SECONDS)
    # What the start made stays for good. A search for garbage that goes through all of it lets requests wait 30-60 ms.
    gc.freeze()
    return created


def create_app(installation: Installation) -> Application:
    """The application over an installation."""
    services = installation.services
    static_files = StaticFiles()
    html = Html(Templates(static_files, words_of(installation.settings.city)))
    errors = ErrorPages(html)
    trusted = frozenset(installation.settings.server.trusted_proxies)
    exact, prefixed = _endpoints(installation, html, errors)
    pages = Pages(services, html, errors, static_files)
    door = PasswordDoor(pages, services.passwords.place, html)
    mutual_tls = installation.settings.mutual_tls
    hops = Hops(trusted, frozenset(() if mutual_tls is None else mutual_tls.fronts))
    surface = Surface(exact, prefixed, door, hops=hops, on_failure=_failed)
    return Observed(surface, frozenset(exact))


def _endpoints(
    installation: Installation, html: Html, errors: ErrorPages
) -> tuple[dict[str, Handler], dict[str, Handler]]:
    services = installation.services
    usage = UsageCounts(services.begin, services.clock)
    server = AuthorizationServer(services, installation.rules, usage)
    responses = AuthorizationResponses(html, services.settings.issuer, SignedResponses(services))
    door = AuthorizationEndpoint(services, server, errors, responses, installation.rules)
    reports = MessageReportsEndpoint(services, installation.report_tokens, count_report)
    document = only("GET", "HEAD", handler=DiscoveryEndpoint(services, server))
    resources = ProtectedResourceEndpoint(services)
    registrations = RegistrationEndpoint(services, cache(lambda: dynamic_registration(services)))
    exact: dict[str, Handler] = {
        authorization.PATH: only("GET", "POST", handler=door.start),
        token.PATH: only("POST", handler=TokenEndpoint(services, server)),
        pushed_authorization_request.PATH: only("POST", handler=PushedAuthorizationRequestEndpoint(services, server)),
        registration.PATH: only("POST", handler=registrations.register),
        userinfo.PATH: only("GET", "POST", handler=UserinfoEndpoint(services, server, usage, installation.rules)),
        id_match.PATH: only("POST", handler=IdMatchEndpoint(services, server, usage, installation.rules)),
        introspection.PATH: only("POST", handler=IntrospectionEndpoint(services, server, usage)),
        revocation.PATH: only("POST", handler=RevocationEndpoint(services, server)),
        jwks.PATH: only("GET", "HEAD", handler=JwksEndpoint(services, usage)),
        end_session.PATH: only("GET", "POST", handler=EndSessionEndpoint(services, html, errors)),
        just_ended.PATH: only("GET", handler=SignedOutEndpoint(services, html)),
        message_reports.PATH: only("POST", handler=reports),
        **dict.fromkeys(discovery.PATHS, document),
        **dict.fromkeys(resources.paths, only("GET", "HEAD", handler=resources)),
    }
    return exact, {
        authorization.PATH: only("GET", handler=door.again),
        registration.PATH: registrations.configure,
        logos.PATH: only("GET", "HEAD", handler=LogosEndpoint(services)),
        Api.PATH: Api(services, server.possession),
    }


def words_of(city: CitySettings) -> dict[str, City]:
    """The city's words by language, as templates want them; without English words, the Chinese ones stand."""
    shared = {"hotline": city.hotline, "home": city.home}
    words = {CHINESE.tag: City(**city.model_dump(exclude={"english"}))}
    if city.english is not None:
        words[ENGLISH.tag] = City(**city.english.model_dump(), **shared)
    return words


def _failed(failure: BaseException) -> Response:
    log.error("endpoint_failed", failure=type(failure).__name__, exc_info=failure)
    return json_response(500, {"error": "server_error", "error_description": "Something went wrong here."})
