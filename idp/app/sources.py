"""Finds, judges and builds the sources that the settings name: one for each kind of question."""

from collections.abc import Mapping
from typing import Any

import realnames.sources
from biometrics.face import FaceFactor
from idp.clock import Clock
from idp.fetch import Fetcher
from idp.ports import Cipher, Ephemeral, FaceAuthority, FaceChecks, Registers, Source, SourceKind
from idp.proofing.net_id import NetIdChecks
from idp.proofing.under_way import UnderWay
from idp.registry import discover
from idp.settings import Settings, SettingsFault

SECONDS = 2.5
"""For one request to a source: whoever waits for it has other things to do within the three seconds that it may take."""


def found() -> Mapping[str, Source[Any]]:
    """Every source that there is, by its name."""
    return discover(realnames.sources, "SOURCE", Source)


def chosen(settings: Settings) -> Mapping[SourceKind, str]:
    """The names of those that the settings name."""
    named = {kind: getattr(settings.sources, kind.value) for kind in SourceKind}
    return {kind: name for kind, name in named.items() if name is not None}


def faults_in(settings: Settings, sources: Mapping[str, Source[Any]]) -> list[str]:
    """What is wrong with the choice; a sandbox source knows made-up people, whom a public issuer must not believe in."""
    faults = []
    for kind, name in chosen(settings).items():
        setting: str = kind.value
        extension = sources.get(name)
        if extension is None or extension.kind != setting:
            known = ", ".join(sorted(key for key, value in sources.items() if value.kind == setting))
            faults.append(f"sources.{setting}: there is no such source; choose from {known}")
            continue
        if settings.section(name) is None:
            faults.append(f"{name}: the section of the source chosen in sources.{setting} is missing")
        if extension.is_sandbox and not settings.is_loopback:
            faults.append(f"sources.{setting}: the sandbox authority serves a loopback issuer only; choose a real one")
    return faults


def build(
    settings: Settings, ephemeral: Ephemeral, cipher: Cipher, clock: Clock
) -> tuple[FaceChecks | None, Registers]:
    """Faces as a factor, and everything that verifies people and organisations; raises `SettingsFault`."""
    built = {kind: _built(settings, kind, name, clock) for kind, name in chosen(settings).items()}
    authority: FaceAuthority | None = built.get(SourceKind.FACE)
    factor = evidence = None
    if authority is not None:
        provider = settings.sources.face or ""
        factor, evidence = (
            FaceFactor(provider, authority, UnderWay(purpose, f"face_verdict:{provider}", ephemeral, cipher), clock)
            for purpose in ("face_check", "face_evidence")
        )
    net_id = built.get(SourceKind.NET_ID)
    net_ids = UnderWay("net_id_check", "net_id_result", ephemeral, cipher)
    return factor, Registers(
        population=built.get(SourceKind.POPULATION),
        company=built.get(SourceKind.COMPANY),
        bank=built.get(SourceKind.BANK),
        net_id=None if net_id is None else NetIdChecks(net_id, net_ids, clock),
        card_reader=built.get(SourceKind.CARD_READER),
        face=evidence,
    )


def _built(settings: Settings, kind: SourceKind, name: str, clock: Clock) -> Any:
    try:
        fetcher = Fetcher(allowed_origins=settings.fetch.allowed_origins, timeout=SECONDS)
        return found()[name].build(settings.section(name), fetcher, clock)
    except (OSError, ValueError):  # its text may hold a secret
        raise SettingsFault(
            [f"sources.{kind}: the source cannot be built; look at its section, its files and at fetch.allowed_origins"]
        ) from None
