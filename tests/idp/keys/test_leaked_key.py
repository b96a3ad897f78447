"""A signing key that leaked is out of use and out of sight at once."""

import json

import pytest

from idp.app import Installation
from idp.keys import rotation
from tests.idp.installed import Moment

DAY = 86_400


def published(installation: Installation) -> set[str]:
    return {key["kid"] for key in json.loads(installation.services.signer.jwks())["keys"]}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_leaked_key_is_no_longer_published(installation: Installation, clock: Moment, *, at_once: bool) -> None:
    """C04, and Storm-0558: nothing that is signed with it is believed any more, by us or by apps.

    Mutation: leave out the removal in `rotation.rotate`; the leaked key stays in the JWKS for `keys.retain` seconds.
    """
    services = installation.services
    with services.begin() as unit_of_work:
        rotation.ensure(unit_of_work, services.clock())
        unit_of_work.commit()
    token = services.signer.sign({"sub": "somebody"}, "ES256")
    before = published(installation)
    with services.begin() as unit_of_work:
        now = services.clock()
        rotation.rotate(unit_of_work, "ES256", now, publish_ahead=DAY if at_once else 0, at_once=at_once)
        unit_of_work.commit()
    clock.pass_by(60)
    assert (before <= published(installation)) is not at_once
    assert (services.signer.verify(token) is None) is at_once
