"""HTML pages for the framework-free surface and for Flask alike: the visitor's look, and the headers a page owes."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from idp.http.languages import choose_language
from idp.http.request import Request
from idp.http.response import Response, page_headers
from idp.http.templates import Look, Mode, Templates, Theme

MODES: dict[str, Mode] = {"standard": "standard", "elder": "elder", "xl": "xl"}
APP_LANGUAGE = "app_lang"
"""The cookie with the language in which the app that sent the person here speaks to them (`ui_locales`)."""
THEMES: dict[str, Theme] = {"auto": "auto", "light": "light", "dark": "dark"}


def look_of(request: Request) -> Look:
    """How this visitor wants pages: what they chose, then what the app asks for, then what the browser says."""
    chosen = request.cookies.get("lang") or request.cookies.get(APP_LANGUAGE)
    return Look(
        language=choose_language(None, chosen, request.headers.get("accept-language")),
        mode=MODES.get(request.cookies.get("mode", ""), "standard"),
        theme=THEMES.get(request.cookies.get("theme", ""), "auto"),
    )


def form_target(redirect_uri: str) -> str:
    """The source that Content-Security-Policy needs for a form that ends at this address, or a frame that shows it."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


class Html:
    """Renders a template into a response."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        form_targets: Iterable[str] = (),
        connect_to: Iterable[str] = (),
        **context: object,
    ) -> Response:
        """The page in the visitor's look, uncached, unframed, without inline anything."""
        return Response(status, page_headers(form_targets, connect_to), self._body(request, template, context))

    def page_with_frames(self, request: Request, template: str, frames: Sequence[str], **context: object) -> Response:
        """The same with frames that show these addresses, and may show others of the same origins."""
        headers = page_headers(frame_sources=dict.fromkeys(map(form_target, frames)))
        return Response(200, headers, self._body(request, template, {"frames": frames, **context}))

    def _body(self, request: Request, template: str, context: Mapping[str, object]) -> bytes:
        here = f"{request.path}?{request.query}" if request.query else request.path
        return self._templates.render(template, look_of(request), here=here, **context).encode()
