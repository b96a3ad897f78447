"""C19: make recovery codes, see how many are left, make new ones.

The codes are shown on one page, for ten minutes, in the session and browser in which they were made: long enough to choose
larger letters, to print, and to see that the printer has paper. They travel sealed in a cookie, so that nothing but their
digests is kept here; whoever can open that page could make new ones as well.
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint

from idp.accounts.methods import Methods
from idp.clock import Instant, after
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.jose import base64url, from_base64url
from idp.model.credential import RecoveryCodeBatch
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import FRESH_SECONDS, Entrance
from idp.pages.account.methods import PATH as METHODS
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

PATH = f"{METHODS}/recovery-codes"
_COOKIE = "recovery_codes"
_PURPOSE = "recovery_codes_shown"


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/methods/recovery-codes`."""
    pages, entrance, codes = new_blueprint("recovery_codes"), Entrance(services), RecoveryCodesPage(services, html)
    for method, view in (("GET", codes.show), ("POST", codes.take)):
        guarded = page(entrance.guarded(view, is_fresh=True, is_strong=True))
        pages.add_url_rule(PATH, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class RecoveryCodesPage:
    """Each form makes one batch: pressed twice, or sent again by a reload, it does not kill what was just printed."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._methods = Methods(services)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """The codes while they may be seen, afterwards how many are left."""
        return self._page(request, visitor)

    def take(self, request: Request, visitor: Visitor) -> Response:
        """Make them, or put them away once they are on paper."""
        if not self._forms.is_genuine(request, _subject(self._batch(visitor))):
            return self._page(request, visitor, is_stale=True)
        if request.form.get("action") == "kept":
            return see_other(f"{METHODS}?done=codes_kept", self._services.cookies.forget(_COOKIE))
        act = act_of(self._services, request, visitor)
        codes = self._methods.make_recovery_codes(act)
        sealed = base64url(self._services.cipher.seal(_PURPOSE, ",".join(codes).encode(), _context(visitor, act.at)))
        return see_other(PATH, self._services.cookies.set(_COOKIE, sealed, FRESH_SECONDS))

    def _page(self, request: Request, visitor: Visitor, **context: Any) -> Response:
        batch, language = self._batch(visitor), look_of(request).language
        codes = self._shown(request, visitor, batch)
        return self._html.page(
            request,
            "recovery_codes.html",
            form_action=PATH,
            csrf=self._forms.token(request, _subject(batch)),
            codes=codes,
            left=batch.left if batch else None,
            made_at=str(language.date_and_time(batch.created_at)) if batch else None,
            **context,
        )

    def _shown(self, request: Request, visitor: Visitor, batch: RecoveryCodeBatch | None) -> Sequence[str]:
        """The codes of this batch, if they were made in this session a short while ago."""
        cookie = self._services.cookies.read(request.cookies, _COOKIE)
        if cookie is None or batch is None or self._services.clock() > after(batch.created_at, FRESH_SECONDS):
            return ()
        try:
            sealed = from_base64url(cookie)
        except ValueError:
            return ()
        opened = self._services.cipher.open(_PURPOSE, sealed, _context(visitor, batch.created_at))
        codes = [] if opened is None else opened.decode().split(",")
        return codes if codes and self._are_in_force(visitor, codes) else ()

    def _are_in_force(self, visitor: Visitor, codes: Sequence[str]) -> bool:
        """Whether no other batch took their place: one form sent twice at once makes two, and the later one counts."""
        digests = [self._services.recovery_codes.digests(visitor.account.id, code) for code in codes]
        with self._services.begin() as unit_of_work:
            return unit_of_work.recovery_codes.are_kept(visitor.account.id, digests)

    def _batch(self, visitor: Visitor) -> RecoveryCodeBatch | None:
        with self._services.begin() as unit_of_work:
            return unit_of_work.recovery_codes.batch(visitor.account.id)


def _context(visitor: Visitor, made_at: Instant) -> str:
    return f"{visitor.session.id} {made_at}"


def _subject(batch: RecoveryCodeBatch | None) -> str:
    """What a form is for: to follow this batch, and none that came after it."""
    return f"{PATH} {batch.created_at if batch is not None else 'none'}"
