"""The population register of demonstrations: the same contract, and a program that knows made-up people alone."""

from idp.clock import Clock
from idp.fetch import Fetcher
from idp.model.account import DOCUMENTS
from idp.ports import Source, SourceKind
from realnames.sources.claimed import PersonSettings
from realnames.sources.population_register import HttpPopulationRegister
from realnames.sources.sandbox_settings import SandboxSettings


def build(settings: SandboxSettings, fetcher: Fetcher, clock: Clock) -> HttpPopulationRegister:
    """The register under its path."""
    register = PersonSettings(
        **settings.of("population"),
        name="沙箱人口库",
        english_name="the sandbox population register",
        documents=DOCUMENTS,
    )
    return HttpPopulationRegister(register, fetcher, clock)


SOURCE = Source(
    name="sandbox_population_register",
    kind=SourceKind.POPULATION,
    settings=SandboxSettings,
    build=build,
    is_sandbox=True,
)
