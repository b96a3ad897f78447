"""The net id of demonstrations: the same contract, and a program that knows made-up people alone."""

from idp.clock import Clock
from idp.fetch import Fetcher
from idp.ports import Source, SourceKind
from realnames.sources.authority_settings import PageSettings
from realnames.sources.network_identity import HttpNetworkIdentity
from realnames.sources.sandbox_settings import SandboxSettings


def build(settings: SandboxSettings, fetcher: Fetcher, clock: Clock) -> HttpNetworkIdentity:
    """The register under its path."""
    register = PageSettings(**settings.of("net-id"), name="沙箱网号网证", english_name="the sandbox net id")
    return HttpNetworkIdentity(register, fetcher, clock)


SOURCE = Source(
    name="sandbox_network_identity", kind=SourceKind.NET_ID, settings=SandboxSettings, build=build, is_sandbox=True
)
