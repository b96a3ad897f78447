"""Extensions: one file is one extension, found by what it exports."""

import connectors.channels
import connectors.messaging
import realnames.sources
from idp.model.channel import Channel
from idp.ports import CarrierExtension, Source, SourceKind
from idp.registry import discover


def test_every_file_that_exports_the_name_is_found_by_its_own_name() -> None:
    channels = discover(connectors.channels, "CHANNEL", Channel)
    assert {"website", "app"} <= set(channels)
    assert all(name == channel.name for name, channel in channels.items())
    carriers = discover(connectors.messaging, "CARRIER", CarrierExtension)
    assert set(carriers) == {"sandbox_carrier", "sandbox_voice", "sms_http", "smtp", "voice_http"}
    assert [name for name, carrier in carriers.items() if carrier.is_sandbox] == ["sandbox_carrier", "sandbox_voice"]
    sources = discover(realnames.sources, "SOURCE", Source)
    real = {"bank_accounts", "card_reader", "company_register", "face_authority", "network_identity"}
    assert {name for name, source in sources.items() if not source.is_sandbox} == real | {"population_register"}
    made_up = {name for name, source in sources.items() if source.is_sandbox}
    assert all(name.startswith("sandbox_") for name in made_up)
    kinds = {name: source.kind for name, source in sources.items()}
    assert (
        {kinds[name] for name in made_up} == {kinds[name] for name in real | {"population_register"}} == set(SourceKind)
    )


def test_what_exports_something_else_is_no_extension() -> None:
    assert discover(connectors.channels, "CARRIER", CarrierExtension) == {}
    assert discover(connectors.channels, "CHANNEL", CarrierExtension) == {}
