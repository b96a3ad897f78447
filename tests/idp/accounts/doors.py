"""Everything that a person and their apps can hold, and which of it still opens something."""

from idp.app import Installation
from idp.errors import Refused
from idp.interaction.outcomes import Outcome
from idp.model.policy import Method
from idp.oauth.introspection import INACTIVE, Introspection
from idp.sessions.begin import SignIn, begin
from idp.sessions.resume import resume
from tests.idp.installed import PASSWORD, code_that_left
from tests.idp.interaction.test_login import Visitor
from tests.idp.oauth.registered import Registered, resolve


class Held:
    """A cookie, a code, and the tokens of two authorizations, one of which outlives its session."""

    def __init__(self, registered: Registered) -> None:
        self.registered = registered
        self.cookie = sign_in(registered)
        self.code = registered.code()
        self.online = registered.redeem(registered.code())
        self.offline = registered.redeem(registered.code(scope=("openid", "offline_access")))

    def open_doors(self) -> set[str]:
        """What works now; looking uses up code and refresh tokens."""
        doors = {"cookie": opens(self.registered, self.cookie)}
        for name, tokens in (("online", self.online), ("offline", self.offline)):
            access, refresh = tokens["access_token"], tokens["refresh_token"]
            doors[f"{name} userinfo"] = self._userinfo(access)
            doors[f"{name} introspection"] = self._introspection(access)
            doors[f"{name} refresh introspection"] = self._introspection(refresh)
            form: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": refresh}
            doors[f"{name} refresh"] = self._token(form)
        doors["code"] = self._code()
        return {name for name, is_open in doors.items() if is_open}

    def _userinfo(self, token: str) -> bool:
        with self.registered.installation.services.begin() as unit_of_work:
            return resolve(self.registered, unit_of_work, token) is not None

    def _introspection(self, token: str) -> bool:
        services = self.registered.installation.services
        with services.begin() as unit_of_work:
            told = Introspection(services).of(unit_of_work, token, self.registered.client, services.clock())
        return told != INACTIVE

    def _token(self, form: dict[str, str | None]) -> bool:
        try:
            self.registered.server.token_response(self.registered.token_request(form))
        except Refused as refused:
            return refused.code != "invalid_grant"
        return True

    def _code(self) -> bool:
        try:
            self.registered.redeem(self.code)
        except Refused as refused:
            return refused.code != "invalid_grant"
        return True


def sign_in(registered: Registered) -> str:
    """The cookie of a new session of the person, whatever became of the account."""
    services = registered.installation.services
    proof = SignIn(
        account_id=registered.account.id,
        methods=(Method.PASSWORD,),
        channel=services.channels["website"],
        is_shared_device=False,
        at=services.clock(),
    )
    with services.begin() as unit_of_work:
        _, cookie = begin(unit_of_work, proof, None)
        unit_of_work.commit()
    return cookie


def opens(registered: Registered, cookie: str) -> bool:
    """Whether this cookie still stands for the person."""
    services = registered.installation.services
    with services.begin() as unit_of_work:
        return resume(unit_of_work, cookie, services.channels, services.clock()) is not None


def sign_ins(installation: Installation) -> list[Outcome]:
    """What somebody gets who comes with the right password, and with the right code."""
    by_password, by_code = Visitor(installation), Visitor(installation)
    by_code.asks_for_code()
    return [by_password.types_password(PASSWORD), by_code.types_code(code_that_left(installation))]
