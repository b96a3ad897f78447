"""C24: what is kept of a person, and what they may do about it."""

from flask import Blueprint

from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response
from idp.model.policy import Proofing
from idp.model.session import Visitor
from idp.pages.account._entrance import Entrance
from idp.pages.account._forms import Forms
from idp.pages.account.closing import CLOSE, closes_on, keep_subject
from idp.pages.account.contact import MAIL, PHONE
from idp.pages.consent import masked_name
from idp.services import Services
from idp.web import new_blueprint, page
from realnames.identifiers.citizen_id import CitizenId
from realnames.identifiers.mail_address import MailAddress
from realnames.identifiers.phone import parse_phone

DATA = "/me/data"
_NEWS = frozenset({"phone", "mail", "mail_removed", "kept"})


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
        return self._html.page(
            request,
            "data.html",
            news=news if news in _NEWS else None,
            masked_name=masked_name(stored.name) if stored.name else None,
            masked_number=CitizenId(stored.citizen_id).masked if stored.citizen_id else None,
            is_checked=visitor.account.proofing >= Proofing.P2,
            masked_phone=parse_phone(stored.phone).masked if stored.phone else None,
            masked_mail=MailAddress(stored.email).masked if stored.email else None,
            phone_url=PHONE,
            mail_url=MAIL,
            close_url=CLOSE,
            closes_on=closes_on(request, visitor),
            csrf=self._forms.token(request, keep_subject(visitor)),
        )
