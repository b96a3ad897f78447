"""What a person reads of a release beside what was told: what for, by what right, and on what it rests."""

from idp.clock import Instant
from idp.events import Logged
from idp.http.languages import Language
from idp.model.release import Basis
from idp.model.terms import Terms
from idp.ports import Clients


class Releases:
    """Reads the words of the version that was in force then, each once."""

    def __init__(self, clients: Clients, language: Language) -> None:
        self._clients = clients
        self._language = language
        self._terms: dict[tuple[str, str], Terms] = {}

    def tags(self, logged: Logged) -> list[str]:
        """In the order in which they are read; records of before 0.9.0 have none of it."""
        language, verified_at = self._language, logged.data.get("verified_at")
        bases = [language.plain(f"activity.basis.{each}") for each in logged.told("basis") if each in set(Basis)]
        return [
            *self._purpose(logged),
            *([language.plain("activity.by_right", right=language.joined(bases))] if bases else []),
            *(
                [language.plain("activity.rests_on", day=language.day(Instant(verified_at)))]
                if isinstance(verified_at, int)
                else []
            ),
            *self._places(logged),
        ]

    def _purpose(self, logged: Logged) -> list[str]:
        version = logged.data.get("terms")
        if logged.client_id is None or not isinstance(version, str):
            return []
        purpose = self._language.of(dict(self._terms_of(logged.client_id, version).purpose))
        return [self._language.plain("activity.purpose", purpose=purpose)] if purpose else []

    def _terms_of(self, client_id: str, version: str) -> Terms:
        """As they were; of an app that was never changed since, as they are."""
        key = client_id, version
        if key not in self._terms:
            client = self._clients.get(client_id)
            is_todays = client is not None and client.terms.version == version
            kept = client.terms if client is not None and is_todays else self._clients.terms(client_id, version)
            self._terms[key] = kept or Terms()
        return self._terms[key]

    def _places(self, logged: Logged) -> list[str]:
        """The resources at which the app may act for the person: they learn who it is, and nothing of their data."""
        found = (self._clients.of_resource(name) for name in logged.told("resources"))
        names = [client.client_name for client in found if client is not None]
        return [self._language.plain("activity.used_at", what=self._language.joined(names))] if names else []
