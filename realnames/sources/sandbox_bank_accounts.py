"""The bank of demonstrations: the same contract, and a program that knows made-up people alone."""

from idp.clock import Clock
from idp.fetch import Fetcher
from idp.model.account import DOCUMENTS
from idp.ports import Source, SourceKind
from realnames.sources.bank_accounts import HttpBankAccounts
from realnames.sources.claimed import PersonSettings
from realnames.sources.sandbox_settings import SandboxSettings


def build(settings: SandboxSettings, fetcher: Fetcher, clock: Clock) -> HttpBankAccounts:
    """The register under its path."""
    register = PersonSettings(
        **settings.of("bank"), name="沙箱银行", english_name="the sandbox bank", documents=DOCUMENTS
    )
    return HttpBankAccounts(register, fetcher, clock)


SOURCE = Source(
    name="sandbox_bank_accounts", kind=SourceKind.BANK, settings=SandboxSettings, build=build, is_sandbox=True
)
