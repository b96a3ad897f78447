"""C24: what is kept of a person, and what they may do about it."""

from typing import Any

from flask import Blueprint

from idp.accounts import export
from idp.accounts.identifiers import masked, masked_value
from idp.accounts.names import masked_name
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response
from idp.model.account import Attributes, IdentifierKind
from idp.model.policy import Proofing
from idp.model.session import Visitor
from idp.pages.account._entrance import Entrance
from idp.pages.account.closing import CLOSE, closes_on, keep_subject
from idp.pages.account.contact import MAIL, PHONE
from idp.pages.account.documents import PATH as DOCUMENTS
from idp.pages.account.export import EXPORT, export_subject, is_held_back
from idp.pages.account.lost_phone import keep_phone_subject, ripe_on
from idp.pages.account.naming import NAME
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

DATA = "/me/data"
_NEWS = frozenset({"phone", "phone_waits", "phone_kept", "mail", "mail_removed", "kept"})


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/data`."""
    pages, view = new_blueprint("data"), DataPage(services, html)
    guarded = page(Entrance(services).guarded(view.show))
    pages.add_url_rule(DATA, "show", guarded, methods=["GET"], provide_automatic_options=False)
    return pages


class DataPage:
    """What is kept, masked, and the ways on from it."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """What was just done is said once, on top."""
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(visitor.account.id)
        news = request.parameters.get("done", "")
        proofing = visitor.account.proofed(self._services.clock()).level
        return self._html.page(
            request,
            "data.html",
            news=news if news in _NEWS else None,
            masked_name=masked_name(stored.name) if stored.name else None,
            masked_number=_masked_number(stored),
            is_checked=proofing >= Proofing.P2,
            masked_phone=masked_value(IdentifierKind.PHONE, stored.phone),
            masked_mail=masked_value(IdentifierKind.EMAIL, stored.email),
            name_url=NAME if stored.name is None and proofing is Proofing.P0 else None,
            documents_url=DOCUMENTS if stored.name is not None else None,
            phone_url=PHONE,
            mail_url=MAIL,
            close_url=CLOSE,
            is_stale=news == "stale",
            **self._export(request, visitor),
            closes_on=closes_on(request, visitor),
            ripe_on=ripe_on(self._services, request, visitor),
            keep_phone_csrf=self._forms.token(request, keep_phone_subject(visitor)),
            csrf=self._forms.token(request, keep_subject(visitor)),
        )

    def _export(self, request: Request, visitor: Visitor) -> dict[str, Any]:
        """Whether a copy can be asked for, is being made, or is there."""
        account_id = visitor.account.id
        held_back = visitor.account.cap if is_held_back(self._services, visitor) else None
        if held_back is not None:
            until = str(look_of(request).language.date_and_time(held_back.until))
            return {"export": "held_back", "export_until": until, "export_url": EXPORT, "export_csrf": ""}
        is_being_made = export.is_being_made(self._services, account_id)
        found = None if is_being_made else export.ready(self._services, account_id)
        until = "" if found is None else str(look_of(request).language.date_and_time(found.until))
        return {
            "export": "making" if is_being_made else "none" if found is None else "ready",
            "export_until": until,
            "export_url": EXPORT,
            "export_csrf": self._forms.token(request, export_subject(visitor)),
        }


def _masked_number(stored: Attributes) -> str | None:
    """The citizen number, or that of the document a person has instead."""
    others = iter(stored.other_documents)
    return masked_value(IdentifierKind.CITIZEN_ID, stored.citizen_id) or next((masked(other) for other in others), None)
