"""What a request to an account page does, as the use cases take it."""

from idp.accounts.act import Act
from idp.http.html import look_of
from idp.http.request import Request
from idp.model.session import Visitor
from idp.services import Services


def act_of(services: Services, request: Request, visitor: Visitor) -> Act:
    """Now, and in the language of the page."""
    return Act(visitor, look_of(request).language.tag, services.clock())
