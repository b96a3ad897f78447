"""Where gateways tell what became of messages (`docs/contracts/sms_http.json`): no browser and no app comes here."""

import hmac
from collections.abc import Callable

from idp.errors import Refused
from idp.http.request import Request
from idp.http.response import Response, json_response
from idp.services import Services

PATH = "/carriers/sms_http/reports"
_CHALLENGE = ("WWW-Authenticate", "Bearer")


class MessageReportsEndpoint:
    """Takes batches of reports from whoever shows the `report_token` of one of our carriers.

    Args:
        tokens: those that are set; without one everybody is refused.
        count: told the word of each report that was news.
    """

    def __init__(self, services: Services, tokens: tuple[str, ...], count: Callable[[str], None]) -> None:
        self._tokens = tuple(token.encode() for token in tokens)
        self._services = services
        self._count = count

    def __call__(self, request: Request) -> Response:
        """200 with the ids that nobody has; 401 before anything is read, 400 and 413 for what is no batch."""
        if not self._is_known(request):
            told = {"error": "invalid_token", "error_description": "Show the report_token that both sides agreed on."}
            return json_response(401, told, _CHALLENGE)
        media_type = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
        if media_type != "application/json":
            raise Refused("invalid_request", "Send the reports as application/json.")
        from idp.delivery.reports import MessageReports, read  # loads with the first report

        return json_response(200, {"unknown": MessageReports(self._services, self._count).take(read(request.body))})

    def _is_known(self, request: Request) -> bool:
        """Every token is compared, in constant time: how long it takes tells nothing."""
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        sent = shown.encode("utf-8", "surrogatepass")
        matches = [hmac.compare_digest(sent, token) for token in self._tokens]
        return scheme.lower() == "bearer" and any(matches)
