"""A toy authority on a clock that stands still, and the source that asks it."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from idp.fetch import Fetcher
from idp.ports import FaceAuthority
from realnames.sources.authority_settings import PageSettings
from realnames.sources.face_authority import SOURCE
from tests.idp.installed import Moment
from tests.realnames.sources.toy_authority import CLIENT, ISSUER, TOKEN, ToyAuthority, running_toy


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def toy(clock: Moment) -> Iterator[ToyAuthority]:
    with running_toy(clock) as toy:
        yield toy


def settings_for(url: str, **changes: str) -> PageSettings:
    given = {"url": url, "client": CLIENT, "issuer": ISSUER, "name": "云江市实人核验中心", **changes}
    return PageSettings(token=SecretStr(TOKEN), **given)


@pytest.fixture
def source(toy: ToyAuthority, clock: Moment) -> FaceAuthority:
    built: FaceAuthority = SOURCE.build(settings_for(toy.url), Fetcher(frozenset({toy.url}), timeout=1), clock)
    return built
