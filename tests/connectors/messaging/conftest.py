from collections.abc import Iterator

import pytest

from idp.fetch import Fetcher
from tests.connectors.messaging.carrier_program import CarrierProgram, running_carrier
from tests.connectors.messaging.gateway import Gateway, running_gateway


@pytest.fixture(scope="session")
def running_program() -> Iterator[CarrierProgram]:
    with running_carrier() as (program, _):
        yield program


@pytest.fixture
def program(running_program: CarrierProgram) -> CarrierProgram:
    """The sandbox carrier, in good health; messages of other tests may be in it."""
    running_program.misbehave("none")
    return running_program


@pytest.fixture(scope="session")
def listening_gateway() -> Iterator[Gateway]:
    with running_gateway() as gateway:
        yield gateway


@pytest.fixture
def gateway(listening_gateway: Gateway) -> Gateway:
    """A gateway that promises everything and was asked nothing yet."""
    listening_gateway.reset()
    return listening_gateway


@pytest.fixture(scope="session")
def fetcher(running_program: CarrierProgram, listening_gateway: Gateway) -> Fetcher:
    return Fetcher(frozenset({running_program.url, listening_gateway.url}), timeout=1)
