"""Plain pages that need no sign-in (C28), the choice of look, and static files."""

from flask import Blueprint

from idp.http.html import MODES, THEMES, Html
from idp.http.languages import LANGUAGES
from idp.http.request import Request
from idp.http.response import NO_STORE, Response, see_other
from idp.http.return_path import local_path
from idp.http.static_files import StaticFiles
from idp.services import Services
from idp.web import new_blueprint, page

PLAIN = ("help", "privacy", "accessibility")


def blueprint(services: Services, html: Html, static_files: StaticFiles) -> Blueprint:
    """The pages /help, /privacy, /accessibility, /display and /static."""
    pages = new_blueprint("help")

    def plain(name: str) -> None:
        def show(request: Request) -> Response:
            return html.page(request, f"{name}.html")

        pages.add_url_rule(f"/{name}", name, page(show), methods=["GET"], provide_automatic_options=False)

    for name in PLAIN:
        plain(name)

    def display(request: Request) -> Response:
        """Remember size, colours or language, and go back; a plain link, so that it works without JavaScript."""
        asked = request.parameters
        offered = {"mode": set(MODES), "theme": set(THEMES), "lang": {language.tag for language in LANGUAGES}}
        cookies = [services.cookies.remember(name, asked[name]) for name in offered if asked.get(name) in offered[name]]
        return see_other(local_path(asked.get("return", "/")), *cookies)

    def static(request: Request, path: str) -> Response:
        answer = static_files.answer(request.path)
        if answer is None:
            return Response(404, (("Content-Type", "text/plain"), *NO_STORE), b"not found")
        headers = tuple(header for header in answer.headers if header[0] != "Content-Length")
        return Response(200, headers, answer.content) if path else Response(404)

    pages.add_url_rule("/display", "display", page(display), methods=["GET"], provide_automatic_options=False)
    pages.add_url_rule("/static/<path:path>", "static", page(static), methods=["GET"], provide_automatic_options=False)
    return pages
