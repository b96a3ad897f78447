"""Whether things work now (C28): readable by everyone, without a sign-in."""

from flask import Blueprint

from idp.errors import Unavailable
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response
from idp.model.policy import Method
from idp.services import Services
from idp.web import new_blueprint, page

MANY_WAITING = 100
"""Messages that have not left yet; more than that means the carrier or its worker stands still."""


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page /status."""
    pages = new_blueprint("status")

    def status(request: Request) -> Response:
        can_sign_in, can_send = _look(services)
        components = [{"name": "sign_in", "is_up": can_sign_in}]
        if not services.methods.isdisjoint({Method.MESSAGE_CODE, Method.MAIL_CODE}):
            components.append({"name": "messages", "is_up": can_send})
        checked_at = look_of(request).language.date_and_time(services.clock())
        return html.page(request, "status.html", components=components, checked_at=checked_at)

    pages.add_url_rule("/status", "status", page(status), methods=["GET"], provide_automatic_options=False)
    return pages


def _look(services: Services) -> tuple[bool, bool]:
    """Whether both stores answer, and whether messages leave."""
    try:
        services.ephemeral.get("status")
        with services.begin() as unit_of_work:
            waiting = unit_of_work.outbox.waiting()
    except Unavailable:
        return False, False
    return True, waiting < MANY_WAITING
