"""A code is used once: what a failed check, a second use, and one at the same moment leave of it."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from idp.app import Installation
from idp.errors import Refused
from idp.events import Action
from idp.oauth import codes
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.storage.authorizations import SqlAuthorizations
from idp.storage.tables import events
from idp.storage.transaction import Transaction
from tests.idp.installed import Moment
from tests.idp.oauth.registered import CHALLENGE, VERIFIER, Registered, end_session, register, resolve
from tests.idp.storage.storm import storm


@pytest.fixture
def registered(installation: Installation) -> Registered:
    return register(installation)


SHORT: dict[str, Any] = {}
LONG: dict[str, Any] = {"nonce": "n" * 2048, "claims": {"userinfo": {"x" * 1000: None}}}
"""Of a code that is too long for an address."""


def is_alive(registered: Registered, token: str) -> bool:
    with registered.installation.services.begin() as unit_of_work:
        return resolve(registered, unit_of_work, token) is not None


def actions(registered: Registered) -> list[str]:
    """What stands in the log after the sign-in."""
    said = select(events.c.action).where(events.c.action != Action.SIGNED_IN).order_by(events.c.id)
    transaction = Transaction(registered.installation.storage._database)
    return [str(row.action) for row in transaction.find_all(said)]


@pytest.mark.parametrize("grant", [SHORT, LONG], ids=["sealed", "by reference"])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"redirect_uri": None}, {"invalid_request", "invalid_grant"}),
        ({"redirect_uri": "https://app.example/other"}, {"invalid_request", "invalid_grant"}),
        ({"code_verifier": None}, {"invalid_grant"}),
        ({"code_verifier": ""}, {"invalid_grant"}),
        ({"code_verifier": VERIFIER[:-1]}, {"invalid_grant"}),
        ({"code_verifier": "v" * 129}, {"invalid_grant"}),
        ({"code_verifier": CHALLENGE}, {"invalid_grant"}),
        ({"code_verifier": "v" * 43}, {"invalid_grant"}),
        ({"code_verifier": "中" * 43}, {"invalid_grant"}),
        ({"code_verifier": f"{VERIFIER} "}, {"invalid_grant"}),
    ],
)
def test_a_failed_check_burns_the_code(
    registered: Registered, change: dict[str, str | None], told: set[str], grant: dict[str, Any]
) -> None:
    """Mutations: `_burning` without `burn`, or without its commit (threats B01, B03, B06)."""
    code = registered.code(**grant)
    assert refusal_of(registered, code, **change) in told
    assert refusal_of(registered, code) == "invalid_grant"
    assert actions(registered) == [], "no tokens were given, and so none replayed"


@pytest.mark.parametrize("grant", [SHORT, LONG], ids=["sealed", "by reference"])
def test_a_second_use_kills_what_the_first_one_brought(registered: Registered, grant: dict[str, Any]) -> None:
    """Once, however often it comes. Mutation: the replay refused and nothing revoked (RFC 9700 §4.5)."""
    code = registered.code(**grant)
    token = registered.redeem(code)["access_token"]
    for _ in range(2):
        assert refusal_of(registered, code) == "invalid_grant"
    assert not is_alive(registered, token)
    assert actions(registered) == [Action.TOKEN_ISSUED, Action.CODE_REPLAYED]


@pytest.mark.parametrize("change", [{"code_verifier": "v" * 43}, {"redirect_uri": "https://app.example/other"}])
def test_a_second_use_that_fails_a_check_kills_it_as_well(
    registered: Registered, change: dict[str, str | None]
) -> None:
    """Whoever stole the code has no verifier. Mutation: `burn` that found a family, and left it alive."""
    code = registered.code()
    token = registered.redeem(code)["access_token"]
    assert refusal_of(registered, code, **change) in {"invalid_request", "invalid_grant"}
    assert not is_alive(registered, token)
    assert actions(registered) == [Action.TOKEN_ISSUED, Action.CODE_REPLAYED]


@pytest.mark.parametrize("grant", [SHORT, LONG], ids=["sealed", "by reference"])
@pytest.mark.parametrize("seconds", [60, 599])
def test_a_second_use_of_a_code_that_has_run_out_kills_it_as_well(
    registered: Registered, clock: Moment, seconds: int, grant: dict[str, Any]
) -> None:
    """For as long as anything of it lives. Mutation: `_refuse_replay` for living codes only."""
    code = registered.code(**grant)
    token = registered.redeem(code)["access_token"]
    clock.pass_by(seconds)
    assert is_alive(registered, token)
    assert refusal_of(registered, code) == "invalid_grant"
    assert not is_alive(registered, token)


def test_days_later_it_kills_the_refresh_token(registered: Registered, clock: Moment) -> None:
    """Of a code that no key of these days opens. Mutation: only codes that open are looked for."""
    code, other = (registered.code(scope=("openid", "offline_access")) for _ in range(2))
    token, other_token = (registered.redeem(each)["refresh_token"] for each in (code, other))
    clock.pass_by(5 * 86_400)
    assert refusal_of(registered, code) == "invalid_grant"
    with pytest.raises(Refused, match="invalid_grant"):
        refreshed(registered, token)
    assert refreshed(registered, other_token)


@pytest.mark.parametrize("grant", [SHORT, LONG], ids=["sealed", "by reference"])
def test_a_code_lives_a_minute(registered: Registered, clock: Moment, grant: dict[str, Any]) -> None:
    """RFC 6749 §4.1.2. Mutation: `issued_at` not looked at."""
    in_time, too_late = registered.code(**grant), registered.code(**grant)
    clock.pass_by(59)
    assert registered.redeem(in_time)["access_token"]
    clock.pass_by(1)
    assert refusal_of(registered, too_late) == "invalid_grant"


def test_a_lost_cache_loses_no_code_and_revives_none(registered: Registered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: only the ephemeral store remembers what was issued, or redeemed (threats B02, O01)."""
    monkeypatch.setattr(type(registered.installation.services.ephemeral), "get", lambda *_arguments: None)
    code = registered.code()
    token = registered.redeem(code)["access_token"]
    assert refusal_of(registered, code) == "invalid_grant"
    assert not is_alive(registered, token)
    assert refusal_of(registered, registered.code(**LONG)) == "invalid_grant", "lost, which means: try again"


def test_a_cache_that_remembers_too_much_revives_no_code(registered: Registered) -> None:
    """A replica that had fallen behind takes over. Mutation: only the ephemeral store remembers what was redeemed."""
    ephemeral = registered.installation.services.ephemeral
    code = registered.code(**LONG)
    key = codes._key("app", code)
    stored = ephemeral.get(key)
    assert stored is not None
    token = registered.redeem(code)["access_token"]
    ephemeral.put(key, stored, 60)
    assert refusal_of(registered, code) == "invalid_grant"
    assert not is_alive(registered, token)


@pytest.mark.parametrize("grant", [SHORT, LONG], ids=["sealed", "by reference"])
def test_of_twelve_parallel_redemptions_one_wins(
    installation_on_each_store: Installation, grant: dict[str, Any]
) -> None:
    """And the others, who are replays, kill what it won. Mutations: Authlib's order, which mints first and deletes the
    code afterwards (threat T1); no UNIQUE origin; a lost race that is not a replay.
    """
    registered = register(installation_on_each_store)
    for _ in range(3):
        code = registered.code(**grant)
        won: list[str] = []

        def redeem(_number: int, code: str = code, won: list[str] = won) -> str:
            try:
                answer = registered.redeem(code)
            except Refused as refused:
                return refused.code
            won.append(answer["access_token"])
            return str(answer["token_type"])

        assert Counter(storm(12, redeem)) == {"Bearer": 1, "invalid_grant": 11}
        assert not is_alive(registered, won[0])
    assert Counter(actions(registered)) == {Action.TOKEN_ISSUED: 3, Action.CODE_REPLAYED: 3}


def test_whoever_fails_among_twelve_leaves_nothing_alive(installation_on_each_store: Installation) -> None:
    """Six with the verifier and six without, at once: burnt before, or killed after. Mutation: `burn` that only looks."""
    registered = register(installation_on_each_store)
    for _ in range(5):
        code = registered.code()
        won: list[str] = []

        def redeem(number: int, code: str = code, won: list[str] = won) -> str:
            try:
                won.append(
                    registered.redeem(code, **({"code_verifier": "v" * 43} if number % 2 else {}))["access_token"]
                )
            except Refused as refused:
                return refused.code
            return "Bearer"

        told = Counter(storm(12, redeem))
        assert told["Bearer"] in {0, 1}
        assert told["Bearer"] + told["invalid_grant"] == 12
        assert [token for token in won if is_alive(registered, token)] == []
        assert refusal_of(registered, code) == "invalid_grant"


def test_a_redemption_that_the_gate_refuses_leaves_a_dead_family_alone(registered: Registered, clock: Moment) -> None:
    """Its code is burnt, and nobody is told of tokens. Mutation: a commit before the gate."""
    end_session(registered, clock())
    code = registered.code()
    refusal_of(registered, code)
    with registered.installation.services.begin() as unit_of_work:
        family = unit_of_work.authorizations.by_origin(codes.origin_of("app", code))
    assert family is not None
    assert family.revoked_at == clock()
    assert actions(registered) == []


def test_a_stranger_burns_nothing(registered: Registered) -> None:
    """Threat B01: by another client's code one leaves no row. Mutation: the origin of a code that did not open burnt."""
    code = registered.code(client_id="other")
    refusal_of(registered, code, code_verifier="v" * 43)
    with registered.installation.services.begin() as unit_of_work:
        for client_id in ("app", "other"):
            assert unit_of_work.authorizations.by_origin(codes.origin_of(client_id, code)) is None


def in_the_midst(monkeypatch: pytest.MonkeyPatch, owner: Any, step: str, happens: Callable[[], object]) -> list[Any]:
    """Let something happen elsewhere, once, just before the named step; what came of it."""
    went_on = getattr(owner, step)
    came: list[Any] = []

    def interrupted(*arguments: Any) -> Any:
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as elsewhere:
            came.append(elsewhere.submit(happens).result(20))
        return went_on(*arguments)

    monkeypatch.setattr(owner, step, interrupted)
    return came


def test_a_replay_after_the_step_that_counts_kills_the_family(
    installation_on_each_store: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat O01: the family is written, its tokens are not yet minted. Mutation: a lost race that is not a replay."""
    registered = register(installation_on_each_store)
    code = registered.code()
    told = in_the_midst(monkeypatch, registered.server.mint, "answer", lambda: refusal_of(registered, code))
    answer = registered.redeem(code)
    assert told == ["invalid_grant"]
    assert_dead(registered, answer)


def test_of_two_whose_code_was_looked_at_one_gets_tokens_and_the_other_kills_them(
    installation_on_each_store: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat O01: both passed every check. Mutation: `consume` that believes what the checks saw."""
    registered = register(installation_on_each_store)
    code = registered.code()
    won = in_the_midst(monkeypatch, AuthorizationCodeGrant, "consume", lambda: registered.redeem(code))
    assert refusal_of(registered, code) == "invalid_grant"
    assert_dead(registered, won[0])


def test_a_code_that_is_burnt_in_the_midst_brings_nothing(
    installation_on_each_store: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat B01: somebody fails the verifier in between. Mutation: `burn` without its commit."""
    registered = register(installation_on_each_store)
    code = registered.code()

    def fail() -> str:
        return refusal_of(registered, code, code_verifier="v" * 43)

    told = in_the_midst(monkeypatch, AuthorizationCodeGrant, "consume", fail)
    assert refusal_of(registered, code) == "invalid_grant"
    assert told == ["invalid_grant"]


def test_a_failed_check_that_is_overtaken_kills_what_the_other_got(
    installation_on_each_store: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat B01: it saw a code that nobody had redeemed. Mutation: `burn` that finds a family, and leaves it alive."""
    registered = register(installation_on_each_store)
    code = registered.code()
    won = in_the_midst(monkeypatch, SqlAuthorizations, "burn", lambda: registered.redeem(code))
    assert refusal_of(registered, code, code_verifier="v" * 43) == "invalid_grant"
    assert_dead(registered, won[0])


def test_without_a_replay_the_family_lives(installation_on_each_store: Installation) -> None:
    registered = register(installation_on_each_store)
    answer = registered.redeem(registered.code())
    with installation_on_each_store.services.begin() as unit_of_work:
        assert resolve(registered, unit_of_work, answer["access_token"]) is not None


def refreshed(registered: Registered, token: str) -> dict[str, Any]:
    form: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token}
    return registered.server.token_response(registered.token_request(form))


def assert_dead(registered: Registered, answer: dict[str, Any]) -> None:
    """Nothing of what was answered works."""
    with registered.installation.services.begin() as unit_of_work:
        assert resolve(registered, unit_of_work, answer["access_token"]) is None
    with pytest.raises(Refused, match="invalid_grant"):
        refreshed(registered, answer["refresh_token"])


def refusal_of(registered: Registered, code: str, **changes: str | None) -> str:
    with pytest.raises(Refused) as refused:
        registered.redeem(code, **changes)
    return refused.value.code


@pytest.mark.parametrize("change", [{"account_id": 987}, {"sid": "of-another-session"}])
def test_a_session_that_became_somebody_elses_vouches_for_nobody(
    registered: Registered, change: dict[str, int | str]
) -> None:
    """After a restored backup a number may come again. Mutation: the session found by its number alone."""
    with pytest.raises(Refused) as refused:
        registered.redeem(registered.code(**change))
    assert refused.value.code == "invalid_grant"
