"""The page behind the link of a notice: one button freezes the account, without signing in.

The address is the proof (`idp.accounts.freeze_link`), and no cookie is asked for: the token of the form is bound to the
address. A GET changes nothing, since mail programs and telephones open links to show what is behind.
"""

from flask import Blueprint

from idp.accounts import freeze_link
from idp.accounts.freeze_link import Told
from idp.accounts.notices import Notices
from idp.accounts.status import Reason, freeze
from idp.errors import Refused
from idp.http.device_name import device_name, device_words
from idp.http.error_page import ErrorPages
from idp.http.html import Html, look_of
from idp.http.message_texts import message_text
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.account import AccountStatus
from idp.model.notice import Notice, NoticeKind
from idp.services import Services
from idp.sessions import csrf
from idp.web import new_blueprint, page

_FORM = "freeze"


def blueprint(services: Services, html: Html, errors: ErrorPages) -> Blueprint:
    """The page `/freeze/<sealed>`."""
    freezing = FreezePage(services, html, errors)
    pages = new_blueprint("freeze")
    rule = f"{freeze_link.PATH}<sealed>"
    pages.add_url_rule(rule, "ask", page(freezing.ask), methods=["GET"], provide_automatic_options=False)
    pages.add_url_rule(rule, "take", page(freezing.take), methods=["POST"], provide_automatic_options=False)
    return pages


class FreezePage:
    """What was told, and the button."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        self._services = services
        self._html = html
        self._errors = errors

    def ask(self, request: Request, sealed: str) -> Response:
        """Show it; once the account is frozen, how it comes back."""
        told, status = self._find(sealed)
        if told is None:
            return self._refused(request)
        state = "mine" if request.parameters.get("mine") else "ask"
        language = look_of(request).language
        return self._html.page(
            request,
            "freeze.html",
            state="frozen" if status is AccountStatus.FROZEN else state,
            form_action=f"{freeze_link.PATH}{sealed}",
            csrf=csrf.token(self._services.cipher, sealed, _FORM),
            what=message_text(language.tag, f"notice.what.{told.kind}"),
            at=language.date_and_time(told.at),
            device=device_words(language, told.device) if told.device else None,
        )

    def take(self, request: Request, sealed: str) -> Response:
        """Freeze it; a second press finds it frozen."""
        told, _ = self._find(sealed)
        if told is None:
            return self._refused(request)
        if not csrf.matches(self._services.cipher, sealed, _FORM, request.form.get("csrf", "")):
            return see_other(f"{freeze_link.PATH}{sealed}")  # once more from the page itself
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            if freeze(unit_of_work, told.account_id, Reason.NOT_ME, now):
                notice = Notice(
                    account_id=told.account_id,
                    kind=NoticeKind.FROZEN,
                    at=now,
                    device=device_name(request.headers.get("user-agent")),
                    language=look_of(request).language.tag,
                )
                Notices(self._services).notify(unit_of_work, notice)
                unit_of_work.commit()
        return see_other(f"{freeze_link.PATH}{sealed}")

    def _find(self, sealed: str) -> tuple[Told | None, AccountStatus | None]:
        """What the link tells of, and how the account stands; a closed one has nothing left to freeze."""
        told = freeze_link.read(self._services.cipher, sealed, self._services.clock())
        if told is None:
            return None, None
        with self._services.begin() as unit_of_work:
            account = unit_of_work.accounts.get(told.account_id)
        if account is None or account.status is AccountStatus.CLOSED:
            return None, None
        if account.status is AccountStatus.ACTIVE and not account.counts(told.at):
            return None, None  # it may lie on a phone that was stolen, and was answered once
        return told, account.status

    def _refused(self, request: Request) -> Response:
        return self._errors.page(request, "link", Refused("not_found", "This link is old or incomplete.", status=404))
