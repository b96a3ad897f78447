"""Fixtures: one lying identity provider, and both example apps as processes that believe in it."""

from collections.abc import Iterator

import httpx
import pytest

from tests.examples.fake_identity_provider import NAME, FakeIdentityProvider, running
from tests.examples.running_app import RunningApp, running_app


@pytest.fixture(scope="session")
def shared_identity_provider() -> Iterator[FakeIdentityProvider]:
    with running(FakeIdentityProvider()) as provider:
        yield provider


@pytest.fixture
def identity_provider(shared_identity_provider: FakeIdentityProvider) -> Iterator[FakeIdentityProvider]:
    shared_identity_provider.reset()
    yield shared_identity_provider
    assert shared_identity_provider.complaints == []


# One is reached by the name the provider has, the other across sites.
@pytest.fixture(
    scope="session", params=[("housing_fund", "localhost"), ("licence_library", "127.0.0.1")], ids=lambda p: p[0]
)
def app(
    request: pytest.FixtureRequest,
    shared_identity_provider: FakeIdentityProvider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningApp]:
    name, host = request.param
    with running_app(name, shared_identity_provider.issuer, tmp_path_factory.mktemp(name), host) as running:
        yield running
    log = running.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "code=" not in log
    assert NAME not in log


@pytest.fixture
def browser(app: RunningApp, identity_provider: FakeIdentityProvider) -> Iterator[httpx.Client]:
    with app.browser() as client:
        yield client
