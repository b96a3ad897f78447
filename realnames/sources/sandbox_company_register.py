"""The company register of demonstrations: the same contract, and a program that knows made-up organisations alone."""

from idp.clock import Clock
from idp.fetch import Fetcher
from idp.ports import Source, SourceKind
from realnames.sources.authority_settings import AuthoritySettings
from realnames.sources.company_register import HttpCompanyRegister
from realnames.sources.sandbox_settings import SandboxSettings


def build(settings: SandboxSettings, fetcher: Fetcher, clock: Clock) -> HttpCompanyRegister:
    """The register under its path."""
    register = AuthoritySettings(
        **settings.of("company"), name="沙箱法人库", english_name="the sandbox company register"
    )
    return HttpCompanyRegister(register, fetcher, clock)


SOURCE = Source(
    name="sandbox_company_register", kind=SourceKind.COMPANY, settings=SandboxSettings, build=build, is_sandbox=True
)
