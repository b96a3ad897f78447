from collections.abc import Iterator

import pytest

from tests.connectors.messaging.carrier_program import CarrierProgram, running_carrier


@pytest.fixture(scope="session")
def running_program() -> Iterator[CarrierProgram]:
    with running_carrier() as (program, _):
        yield program


@pytest.fixture
def program(running_program: CarrierProgram) -> CarrierProgram:
    """The sandbox carrier, in good health; messages of other tests may be in it."""
    running_program.misbehave("none")
    return running_program
