"""The hot operations of `operations`, each for whichever person of a generated city: what is asked, and what must come.

Asking is measured; preparing the question and reading the answer are not.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from idp.app import Installation, create_app
from idp.clock import after
from idp.model.credential import CredentialKind
from idp.sessions.begin import SignIn, begin
from idp.sessions.resume import TOUCH_SECONDS, resume
from tests.benchmarks import operations
from tests.benchmarks.generated_city import BUILT_AT, CHANNEL, METHODS, PASSWORD_HASH, GeneratedCity
from tests.benchmarks.generated_person import CLIENT_ID, Person
from tests.benchmarks.operations import Answer, Caller, basic
from tests.idp.installed import Moment


class Question(NamedTuple):
    """One operation, prepared: what is done, and whether its outcome is right for this person."""

    ask: Callable[[], Any]
    is_right: Callable[[Any], bool]


Operation = Callable[[Person], Question]


class Visits:
    """All operations over one installation; it remembers what each person's next visit depends on."""

    def __init__(self, installation: Installation, city: GeneratedCity, clock: Moment) -> None:
        self._services = installation.services
        self._clock = clock
        self._caller = Caller(create_app(installation))
        self._city = city
        self._basic = basic(CLIENT_ID)
        self._generations: Counter[int] = Counter()
        self._minutes: Counter[int] = Counter()

    @property
    def operations(self) -> Mapping[str, Operation]:
        """By name, in the order in which they are told."""
        return {
            "client_credentials opaque": self.client_credentials,
            "introspection opaque": self.introspection,
            "userinfo opaque": self.userinfo,
            "code round trip": self.code_round_trip,
            "code round trip after a minute": self.code_round_trip_after_a_minute,
            "refresh": self.refresh,
            "session looked up": self.session,
            "session used after a minute": self.session_after_a_minute,
            "session begun": self.sign_in,
            "person found by phone": self.sign_in_name,
        }

    def client_credentials(self, _person: Person) -> Question:
        """A token for the app itself, of which nothing is stored."""
        body = b"grant_type=client_credentials"
        return Question(
            lambda: self._caller.post("/token", self._basic, body), lambda told: bool(_told(told).get("access_token"))
        )

    def introspection(self, person: Person) -> Question:
        """The app asks about the person's access token."""
        body = urlencode({"token": self._city.access_token(person)}).encode()
        return Question(
            lambda: self._caller.post("/introspect", self._basic, body),
            lambda told: _told(told).get("active") is True and _told(told).get("sub") == person.sub,
        )

    def userinfo(self, person: Person) -> Question:
        """The app reads the person's name, as it did before."""
        headers = {"HTTP_AUTHORIZATION": f"Bearer {self._city.access_token(person)}"}
        return Question(
            lambda: self._caller.get("/userinfo", headers),
            lambda told: _told(told) == {"sub": person.sub, "name": person.name},
        )

    def code_round_trip(self, person: Person) -> Question:
        """Single sign-on: the person comes again to an app that knows them."""
        visitor = operations.Person(self._caller, person.cookie)
        return Question(visitor.code_round_trip, lambda _: _claims(visitor.tokens["id_token"])["sub"] == person.sub)

    def code_round_trip_after_a_minute(self, person: Person) -> Question:
        """The same, and the session's use is noted again: most people open their next app later than that."""
        question = self.code_round_trip(person)
        self._minutes[person.number] += 1
        later = after(BUILT_AT, self._minutes[person.number] * TOUCH_SECONDS)

        def ask() -> object:
            self._clock.now = later
            try:
                return question.ask()
            finally:
                self._clock.now = BUILT_AT

        return Question(ask, question.is_right)

    def refresh(self, person: Person) -> Question:
        """The app exchanges the newest refresh token of the person's family."""
        visitor = operations.Person(self._caller, person.cookie)
        visitor.tokens = {"refresh_token": self._city.refresh_token(person, self._generations[person.number])}
        self._generations[person.number] += 1
        successor = self._city.refresh_token(person, self._generations[person.number])
        return Question(
            visitor.refresh,
            lambda _: (
                visitor.tokens["refresh_token"] == successor
                and _claims(visitor.tokens["id_token"])["sub"] == person.sub
            ),
        )

    def session(self, person: Person) -> Question:
        """The living session behind a cookie."""
        return self._resumed(person, 0)

    def session_after_a_minute(self, person: Person) -> Question:
        """The same, when its last use is noted again."""
        self._minutes[person.number] += 1
        return self._resumed(person, self._minutes[person.number] * TOUCH_SECONDS)

    def _resumed(self, person: Person, seconds: int) -> Question:
        cookie, channels, now = person.cookie, self._services.channels, after(BUILT_AT, seconds)

        def ask() -> object:
            with self._services.begin() as unit_of_work:
                return resume(unit_of_work, cookie, channels, now)

        return Question(ask, lambda visitor: visitor is not None and visitor.account.id == person.number)

    def sign_in(self, person: Person) -> Question:
        """A session of somebody who has just proved who they are, on another browser."""
        proof = SignIn(
            account_id=person.number,
            methods=METHODS,
            channel=self._services.channels[CHANNEL],
            is_shared_device=False,
            at=self._services.clock(),
        )

        def ask() -> object:
            with self._services.begin() as unit_of_work:
                session, _ = begin(unit_of_work, proof, None)
                unit_of_work.commit()
            return session

        return Question(ask, lambda session: session.account_id == person.number)

    def sign_in_name(self, person: Person) -> Question:
        """Who has this phone, and what their password is compared with."""
        phone = person.phone

        def ask() -> object:
            with self._services.begin() as unit_of_work:
                account = unit_of_work.accounts.find(phone)
                return account and unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)

        return Question(ask, lambda found: found and (found.account_id, found.secret) == (person.number, PASSWORD_HASH))


def _told(answer: Answer) -> Any:
    return answer.json if answer.status == 200 else {}


def _claims(token: str) -> Any:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
