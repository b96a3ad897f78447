"""One line of what happened, in words: for the timeline, for the question whether it was you, and for downloads."""

from dataclasses import dataclass

from idp.clock import Instant, in_china
from idp.events import Action, Logged
from idp.http.device_name import device_words
from idp.http.languages import Language
from idp.model.policy import Level, Method
from idp.model.release import ID_MATCH
from idp.pages.account._releases import Releases
from idp.pages.account._words import channel_words, claim_words, scope_words
from idp.policy.levels import level_of
from idp.ports import Clients
from idp.services import Services

NO_WORDS = "other"
_LOOKS = frozenset({Action.PERSON_FOUND, Action.PERSON_VIEWED, Action.PERSON_REVEALED})
_MEMBERS = {
    "name": "name",
    "citizen_id": "citizen_number",
    "phone": "phone_number",
    "email": "email",
    "documents": "documents",
}
_WHYS = frozenset({"asked", "correction", "investigation", "authority"})
_WHAT = "activity.what."
_REFUSED = (
    *("wrong_password", "wrong_code", "wrong_one_time_code", "used_one_time_code"),
    *("wrong_passkey", "used_passkey", "copied_passkey", "passkey_of_another", "unknown_passkey"),
    *("wrong_recovery_code", "used_recovery_code", "wrong_slip", "wrong_face"),
    *("wrong_card", "foreign_card", "expired_card", "card_without_pin", "lost_card", "unknown_card", "renewed_card"),
    *("card_of_another", "used_card"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a person reads.

    Attributes:
        tile: the sign in front: the first character of the app, or nothing.
        where: channel, device, and how or why not, in one sentence.
        level: 1 to 5 where the event tells one.
        tags: what was seen, or may be seen, each in words.
        is_look: whether somebody who works here looked at the person.
    """

    id: int
    tile: str
    what: str
    time: str
    moment: str
    where: str
    level: int | None
    tags: list[str]
    is_refused: bool
    is_look: bool
    at: Instant
    app: str
    channel: str
    device: str


class Lines:
    """Writes lines in one language."""

    def __init__(self, services: Services, clients: Clients, language: Language) -> None:
        self._prefix = services.settings.policy.acr_prefix
        self._clients = clients
        self._language = language
        self._releases = Releases(clients, language)

    def line(self, logged: Logged) -> Line:
        """The words for an event."""
        language, app = self._language, self._app(logged)
        device = logged.data.get("device") or logged.device
        device = device_words(language, str(device)) if device else ""
        channel = channel_words(language, logged.channel)
        moment = in_china(logged.at)
        return Line(
            id=logged.id,
            tile=app[:1],
            what=language.plain(_key(logged), client=app or language.plain("activity.an_app")),
            time=language.time_of_day(logged.at),
            moment=moment.isoformat(),
            where=language.joined([part for part in (channel, device, self._how(logged)) if part], "clauses"),
            level=self._level(logged),
            tags=self._tags(logged),
            is_refused=logged.action == Action.SIGN_IN_REFUSED,
            is_look=logged.action in _LOOKS,
            at=logged.at,
            app=app,
            channel=channel,
            device=device,
        )

    def _app(self, logged: Logged) -> str:
        """Its registered name; a sign-in that was refused tells only where somebody wanted to go."""
        client = None if logged.client_id is None else self._clients.get(logged.client_id)
        return "" if client is None else client.client_name

    def _how(self, logged: Logged) -> str:
        if logged.action == Action.SIGN_IN_REFUSED and logged.outcome in _REFUSED:
            return self._language.plain(f"activity.refused.{logged.outcome}")
        methods = [method for method in logged.told("amr") if method in set(Method)]
        return self._language.joined([self._language.plain(f"activity.method.{method}") for method in methods])

    def _level(self, logged: Logged) -> int | None:
        level = level_of(str(logged.data.get("acr", "")), self._prefix)
        return None if level in {None, Level.NONE} else int(level or 0)

    def _tags(self, logged: Logged) -> list[str]:
        language = self._language
        if logged.action == Action.SIGN_IN_REFUSED:
            return [language.plain("activity.nothing_given")]
        if logged.action == Action.PERSON_REVEALED:
            return self._uncovered(logged)
        saw = claim_words(language, logged.told("claims"))
        may_see = scope_words(language, logged.told("scope"))
        key = "activity.no_longer" if logged.action == Action.CONSENT_WITHDRAWN else "activity.may_see"
        if logged.action == Action.CONSENT_REFUSED:
            key = "activity.wanted"
        return [
            *(language.plain("activity.saw", what=what) for what in saw),
            *(language.plain(key, what=what) for what in may_see),
            *self._releases.tags(logged),
        ]

    def _uncovered(self, logged: Logged) -> list[str]:
        member, why = str(logged.data.get("member")), str(logged.data.get("why"))
        language, known = self._language, _MEMBERS.get(member)
        what = [] if known is None else [language.plain("activity.saw", what=language.plain(f"consent.claim.{known}"))]
        because = language.plain(f"activity.why.{why}") if why in _WHYS else ""
        return [*what, *([language.plain("activity.because", why=because)] if because else [])]


def words_of(action: str) -> str:
    """The key of an action's words, which may be missing."""
    return _WHAT + action.replace(".", "_")


def _key(logged: Logged) -> str:
    """A newer release may write what this one has no words for."""
    if logged.action == Action.CLAIMS_RELEASED:
        told = set(logged.told("claims")) - {"sub"}
        if told <= {ID_MATCH}:
            return f"{_WHAT}claims_released_{'match' if told else 'none'}"
    return words_of(logged.action) if logged.action in _WORDED else _WHAT + NO_WORDS


NOT_OF_PEOPLE = frozenset(
    {
        Action.SIGN_OUT_REFUSED,
        Action.AUTHORIZATION_REFUSED,
        Action.TOKEN_ISSUED,
        Action.TOKEN_REFUSED,
        Action.TOKEN_INTROSPECTED,
        Action.INTROSPECTION_REFUSED,
        Action.REVOCATION_REFUSED,
        Action.MESSAGE_REPORTED,
        Action.CLIENT_SAVED,
        Action.CLIENT_DISABLED,
        Action.CLIENT_ENABLED,
        Action.CLIENT_REGISTERED_ITSELF,
        Action.CLIENT_CHANGED_ITSELF,
        Action.CLIENT_ENDED_ITSELF,
        Action.REGISTRATION_REFUSED,
        Action.CLIENT_KEYS_UNREACHABLE,
        Action.KEY_GENERATED,
        Action.KEY_ACTIVATED,
        Action.KEY_RETIRED,
        Action.MASTER_KEY_SWITCHED,
        Action.KEYS_REKEYED,
        Action.MESSAGE_DELIVERED,
        Action.MESSAGE_ABANDONED,
        Action.INVITATION_MADE,
        Action.INVITATION_WITHDRAWN,
        Action.OFFICE_TAKEN,
        Action.OFFICE_LEFT,
        Action.OPERATION_DONE,
        Action.DRAFT_MADE,
        Action.DRAFT_URGENT,
        Action.DRAFT_APPROVED,
        Action.DRAFT_REFUSED,
        Action.DRAFT_WITHDRAWN,
        Action.DRAFT_REVIEWED,
        Action.OPERATION_TRIED,
        Action.ENVELOPE_SEALED,
        Action.ENVELOPE_OPENED,
        Action.ENVELOPE_REFUSED,
        Action.PERSON_SEARCHED,
        Action.SESSIONS_SEARCHED,
        Action.ORGANIZATION_VIEWED,
        Action.LOG_EXPORTED,
        Action.LOG_VERIFIED,
        Action.KEYS_FETCHED,
        Action.ID_NUMBER_COMPARED,
        Action.NUMBER_CLAIMED,
        Action.DISPUTE_OPENED,
        Action.DISPUTE_DECIDED,
    }
)
"""What no person's timeline tells: it concerns none, or happens too often."""
_WORDED = frozenset(Action) - NOT_OF_PEOPLE
