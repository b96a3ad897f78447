"""Register apps: compare what is wanted with what is there, refuse what does not fit together, write what changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.client import Client
from idp.ports import UnitOfWork
from idp.registration.faults import InvalidClientMetadata, place
from idp.registration.together import faults_between

MAX_SECRETS = 2
"""The one of today, and the one before it while an app changes over."""

_MEMBER = {
    "secret_digests": "client_secret",
    "secrets": "client_secret",
    "sealed_secrets": "client_secret",
    "sector": "sector_identifier",
    "logo": "logo_uri",
}
"""What metadata calls a field of ours that has another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What an operator must say in so many words, since nothing else in a list says that it is meant.

    Attributes:
        changes_sector: a client may move to another sector, where every person has another `sub`.
        keeps_old_secret: the secret of before goes on working beside a new one, until the list is registered
            without these words.
    """

    changes_sector: bool = False
    keeps_old_secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What registering does to one client; `members` are the names of what changes, never values."""

    client: Client
    before: Client | None
    members: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether nobody had this client_id."""
        return self.before is None

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing is written."""
        return self.before is not None and not self.members


def register(
    unit_of_work: UnitOfWork, wanted: Sequence[Client], at: Instant, permission: Permission = Permission()
) -> Sequence[Change]:
    """Write these clients into the unit of work, and what changes for each; the caller commits, or tries only.

    A client that is disabled stays so. Raises `InvalidClientMetadata` with the faults of all, and nothing written.
    """
    unit_of_work.clients.hold()
    there = {client.client_id: client for client in unit_of_work.clients.all()}
    changes = [_change(client, there.get(client.client_id), permission) for client in wanted]
    after = {**there, **{change.client.client_id: change.client for change in changes}}
    faults = [
        *_sector_faults(changes, permission),
        *faults_between([change.client for change in changes], there, after),
    ]
    if faults:
        raise InvalidClientMetadata(faults)
    _free_resources(unit_of_work, changes, at)
    for change in changes:
        if not change.is_unchanged:
            if change.before is not None:  # people agreed to its words, which may be others from now on
                unit_of_work.clients.note_terms(change.before, at)
            unit_of_work.clients.save(change.client, at)
            unit_of_work.events.record(_event(change, at))
    return changes


def _change(wanted: Client, before: Client | None, permission: Permission) -> Change:
    if before is None:
        return Change(client=wanted, before=None)
    digests = wanted.secret_digests
    if permission.keeps_old_secret and digests:
        old = tuple(digest for digest in before.secret_digests if digest not in digests)
        digests = (*digests, *old)[:MAX_SECRETS]
    secrets = wanted.secrets
    if permission.keeps_old_secret and secrets:
        secrets = tuple(dict.fromkeys((*secrets, *before.secrets)))[:MAX_SECRETS]
    sealed = before.sealed_secrets if permission.keeps_old_secret and secrets else wanted.sealed_secrets
    logo = wanted.logo or (before.logo if wanted.logo_uri == before.logo_uri else None)
    client = replace(
        wanted, status=before.status, secret_digests=digests, secrets=secrets, sealed_secrets=sealed, logo=logo
    )
    names = [field.name for field in fields(Client)]
    changed = (_MEMBER.get(name, name) for name in names if getattr(client, name) != getattr(before, name))
    return Change(client=client, before=before, members=tuple(dict.fromkeys(changed)))


def _sector_faults(changes: Sequence[Change], permission: Permission) -> Iterator[str]:
    for number, change in enumerate(changes):
        if change.before is not None and "sector_identifier" in change.members and not permission.changes_sector:
            yield (
                f"{place(number, change.client.client_id)}: sector_identifier: this would move the client from the "
                f'sector "{change.before.sector}" to "{change.client.sector}", where every person has another `sub`: '
                "the app would take all of them for strangers. To keep the people, write "
                f'"sector_identifier": "{change.before.sector}"; if that is meant, say --change-sector'
            )


def _free_resources(unit_of_work: UnitOfWork, changes: Sequence[Change], at: Instant) -> None:
    """A resource that moves to another client leaves the old one first: the store lets no two have it."""
    for change in changes:
        before = change.before
        if before is not None and before.resource not in (None, change.client.resource):
            unit_of_work.clients.save(replace(before, resource=None), at)


def _event(change: Change, at: Instant) -> Event:
    data: Mapping[str, str | int | list[str]] = (
        {"change": "new"} if change.is_new else {"change": "changed", "members": list(change.members)}
    )
    client = change.client
    return Event(
        kind=Kind.AUDIT,
        action=Action.CLIENT_SAVED,
        at=at,
        client_id=client.client_id,
        channel=client.channel,
        data=data,
    )
