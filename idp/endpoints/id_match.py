"""The endpoint for comparing numbers: is this the number of the person whose access token this is? A member of ours in discovery.

For apps that hold a number already and need to know no more than whether it is the right one.
"""

from idp.accounts import id_match
from idp.accounts.id_match import OverBudget
from idp.audit import refusals
from idp.audit.usage import UsageCounts
from idp.clock import Instant
from idp.endpoints._challenges import DEAD, Challenges, Lack
from idp.errors import ProofRefused, Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.http.access_token import in_header
from idp.http.request import Request
from idp.http.response import Response, json_response
from idp.http.router import refusal
from idp.model import release
from idp.model.authorization import Grant
from idp.model.client import Client
from idp.oauth import disclosures
from idp.oauth.access_tokens import LiveToken
from idp.oauth.disclosures import Door
from idp.oauth.number_claims import Telling
from idp.oauth.profiles import rules_of
from idp.oauth.server import AuthorizationServer
from idp.policy.rules import Rule
from idp.ports import UnitOfWork
from idp.services import Services

PATH = "/id_match"
PARAMETERS = ("number", "name")


class IdMatchEndpoint:
    """Answers yes or no to licensed apps, so often a day."""

    def __init__(
        self, services: Services, server: AuthorizationServer, usage: UsageCounts, rules: tuple[Rule, ...]
    ) -> None:
        self._services = services
        self._challenges = Challenges(services, rules, PATH)
        self._usage = usage
        self._possession = server.possession
        self._access_tokens = server.access_tokens

    def __call__(self, request: Request) -> Response:
        """`{"match": true}` or `{"match": false}`, or why there is no answer."""
        try:
            return self._answer(request)
        except Unavailable:
            raise
        except ProofRefused as refused:
            return self._challenges.to_proof(refused)
        except OverBudget as refused:
            self._note(refused, request.peer)
            return refusal(refused)
        except Refused as refused:
            return refusal(refused)

    def _answer(self, request: Request) -> Response:
        if request.query:
            raise Refused("invalid_request", "Send the parameters in the body, never in the URL.")
        shown = in_header(request)
        if shown is None:
            return self._challenges.to_nobody()
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            token = self._access_tokens.resolve(unit_of_work, shown[1], now, with_person=True)
            client = None if token is None or token.audience is not None else unit_of_work.clients.get(token.client_id)
            is_its = (
                token is not None
                and client is not None
                and self._possession.fits(request, shown, token.binding, rules_of(client))
            )
            if token is None or client is None or token.standing is None or not is_its:
                return self._challenges.to(DEAD, shown[0])
            if (lack := self._lacking(client, token, token.standing.authorization.grant, now)) is not None:
                return self._challenges.to(lack, shown[0])
            return json_response(200, {"match": self._compare(unit_of_work, request, client, token, now)})

    def _lacking(self, client: Client, token: LiveToken, grant: Grant, now: Instant) -> Lack | None:
        if release.ID_MATCH not in token.scope:
            return Lack(403, "insufficient_scope", f"The access token lacks the scope {release.ID_MATCH}.")
        if not (client.is_confidential and client.is_licensed(release.ID_MATCH)):
            return Lack(403, "insufficient_scope", f"The client has no licence for {release.ID_MATCH}.")
        return self._challenges.lacking(client, token, grant, now)

    def _compare(
        self, unit_of_work: UnitOfWork, request: Request, client: Client, token: LiveToken, now: Instant
    ) -> bool:
        """The answer; what is written down of it hangs on whether it is the first, never on what it is."""
        request.form.refuse_doubled(*PARAMETERS)
        number = request.form.text("number")
        if number is None:
            raise Refused("invalid_request", "Send the number.")
        presented = id_match.read(self._services, number, request.form.text("name"))
        assert token.standing is not None  # of a token for a person
        family, account = token.standing.authorization, token.standing.account
        id_match.spend(self._services, client.client_id, account.id, now)
        attributes = token.attributes or unit_of_work.accounts.attributes(account.id)
        telling = Telling(account, attributes, client, token.scope, now)
        is_match = id_match.matches(self._services.cipher, attributes, presented) and _is_verified(telling)
        if disclosures.note(unit_of_work, family, Door.ID_MATCH, telling, [release.ID_MATCH]):
            unit_of_work.commit()
        self._usage.count(Action.ID_NUMBER_COMPARED, client.client_id)
        return is_match

    def _note(self, refused: OverBudget, peer: str) -> None:
        """The first time of a day the person reads that somebody tries numbers on them; what follows is counted."""
        if refused.account_id is None:
            refusals.note(self._services, Action.COMPARISON_REFUSED, refused, peer)
            return
        event = Event(
            kind=Kind.REFUSAL,
            action=Action.COMPARISON_REFUSED,
            at=self._services.clock(),
            outcome=refused.code,
            account_id=refused.account_id,
            client_id=refused.client_id,
        )
        with self._services.begin() as unit_of_work:
            unit_of_work.events.record(event)
            unit_of_work.commit()


def _is_verified(telling: Telling) -> bool:
    """Whether a register has matched the number with the name: else a match would say what only its person says."""
    return telling.account.proofed(telling.at).level >= release.SCOPES[release.ID_MATCH].proofing
