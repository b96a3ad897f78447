"""What the methods of a session are worth together (MISSION, Levels)."""

import pytest

from idp.clock import Instant
from idp.model.policy import Authentication, Method
from idp.model.session import Session


@pytest.mark.parametrize(
    ("methods", "worth"),
    [
        ((), Authentication.NONE),
        ((Method.PASSWORD,), Authentication.A1),
        ((Method.MESSAGE_CODE,), Authentication.A1),
        ((Method.PASSWORD, Method.PASSWORD), Authentication.A1),
        ((Method.MESSAGE_CODE, Method.MAIL_CODE), Authentication.A1),
        ((Method.MESSAGE_CODE, Method.RECOVERY_CODE), Authentication.A1),
        ((Method.PASSWORD, Method.MESSAGE_CODE), Authentication.A2),
        ((Method.PASSWORD, Method.RECOVERY_CODE), Authentication.A2),
        ((Method.PASSWORD, Method.MESSAGE_CODE, Method.ONE_TIME_CODE), Authentication.A2),
    ],
)
def test_two_factors_count_twice_only_when_they_differ_in_kind(
    methods: tuple[Method, ...], worth: Authentication
) -> None:
    """Mutation: counting methods instead of kinds."""
    now = Instant(0)
    session = Session(
        id=1,
        sid="s",
        secret_digest=b"",
        account_id=1,
        channel="website",
        methods=methods,
        auth_time=now,
        created_at=now,
        last_seen_at=now,
        expires_at=now,
        ended_at=None,
        is_shared_device=False,
    )
    assert session.authentication is worth


def test_every_method_has_a_kind() -> None:
    """Mutation: a method added without its kind, which would fail at somebody's sign-in."""
    from idp.model import session

    assert set(session._KIND) == set(Method)
