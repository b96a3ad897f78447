"""Which sources answer now; for whoever runs the server. All are asked at once: one that is dead takes its whole deadline."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from idp.ports import SourceKind
from idp.services import Services


def reachable(services: Services) -> Mapping[SourceKind, bool]:
    """Of each kind that the settings name a source for, whether it answers.

    A card reader answers when a terminal is on its list: what is read there is verified here.
    """
    asked = _questions(services)
    if not asked:
        return {}
    with ThreadPoolExecutor(max_workers=len(asked)) as at_once:
        return dict(zip(asked, at_once.map(lambda ask: ask(), asked.values()), strict=True))


def _questions(services: Services) -> Mapping[SourceKind, Callable[[], bool]]:
    sources, reader = services.sources, services.sources.card_reader
    named = {
        SourceKind.FACE: services.face,
        SourceKind.POPULATION: sources.population,
        SourceKind.COMPANY: sources.company,
        SourceKind.BANK: sources.bank,
        SourceKind.NET_ID: sources.net_id,
    }
    asked: dict[SourceKind, Callable[[], bool]] = {
        kind: source.is_reachable for kind, source in named.items() if source is not None
    }
    if reader is not None:
        asked[SourceKind.CARD_READER] = lambda: reader.terminals().terminals > 0
    return asked
