"""What the people of a generated city have in common, and the tokens that only the city's own key can write.

Each person signed in once, a moment ago, with one app that read their name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.clock import after
from idp.model.authorization import Authorization, Grant
from idp.model.policy import Authentication, Level, Method, Proofing
from idp.oauth import opaque_tokens, refresh_tokens
from idp.oauth.opaque_tokens import OpaqueToken
from idp.policy import levels
from idp.services import Services
from idp.storage.encryption import FieldCipher
from tests.benchmarks.generated_person import CLIENT_ID, Person
from tests.idp.installed import NOW

BUILT_AT = NOW
"""When everybody signed in: a measurement lets its clock stand there, so that no session runs out while data are kept."""
SCOPE = ("openid", "profile")
METHODS = (Method.PASSWORD, Method.MESSAGE_CODE)
CHANNEL = "website"
PROOFING = Proofing.P2
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIDE2$" + "A" * 43
"""As long as a real one; nobody signs in by it."""


@dataclass(frozen=True)
class GeneratedCity:
    """How its installation writes.

    Attributes:
        master_keys: under which personal data are sealed.
        sector: of the app, in which the subject identifiers are.
        acr: of every session.
        session_seconds, token_seconds: how long a session and an access token live.
    """

    master_keys: Mapping[int, bytes]
    sector: str
    acr: str
    session_seconds: int
    token_seconds: int
    cipher: FieldCipher = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cipher", FieldCipher(self.master_keys))

    def __reduce__(self) -> tuple[Any, ...]:
        """For processes that help: a cipher cannot be handed over, its keys can."""
        settings = (self.master_keys, self.sector, self.acr, self.session_seconds, self.token_seconds)
        return GeneratedCity, settings

    def grant(self, person: Person) -> Grant:
        """What the person let the app have."""
        return Grant(
            client_id=CLIENT_ID,
            account_id=person.number,
            session_id=person.number,
            sid=person.sid,
            sub=person.sub,
            scope=SCOPE,
            auth_time=BUILT_AT,
            acr=self.acr,
            amr=tuple(map(str, METHODS)),
            nonce=person.secret("nonce", 9),
        )

    def access_token(self, person: Person) -> str:
        """A new one of the person's family, for our own userinfo endpoint; nothing of it is stored."""
        token = OpaqueToken(
            family=person.number,
            mark=self._family(person).mark,
            client_id=CLIENT_ID,
            audience=None,
            scope=SCOPE,
            issued_at=BUILT_AT,
            expires_at=after(BUILT_AT, self.token_seconds),
        )
        return opaque_tokens.write(self.cipher, token)

    def refresh_token(self, person: Person, generation: int) -> str:
        """What the app of this person presents after so many exchanges."""
        return refresh_tokens.value_of(self.cipher, self._family(person), generation)

    def _family(self, person: Person) -> Authorization:
        return Authorization(id=person.number, origin=person.origin, grant=self.grant(person), created_at=BUILT_AT)


def generated_city(services: Services, master_keys: Mapping[int, bytes]) -> GeneratedCity:
    """The city as this installation, which has the clients of `operations`, would have written it."""
    settings, channel = services.settings, services.channels[CHANNEL]
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(CLIENT_ID)
    assert client is not None
    level = levels.reached(settings.policy.levels, PROOFING, Authentication.A2, min(channel.ceiling, Level.FIVE))
    return GeneratedCity(
        master_keys=dict(master_keys),
        sector=client.sector,
        acr=levels.acr_of(level, settings.policy.acr_prefix),
        session_seconds=channel.session_seconds,
        token_seconds=settings.tokens.access_token,
    )
