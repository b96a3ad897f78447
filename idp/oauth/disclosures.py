"""What is written down of a release: who was told what of whom, at which door, by what right, and on what it rests.

The record is the event `claims.released` in the person's own log: names of claims, never values. It is written when an app is
told something that it was not told with the same authorization before; repetitions are counted. What introspection, token
exchange and access tokens tell is no data of a person: who a token is for stands in `authorization.granted`.
"""

from collections.abc import Collection
from enum import StrEnum

from idp.events import Action, Event, Kind
from idp.model import release
from idp.model.authorization import Authorization, Grant
from idp.oauth.extensions.verified_claims import NAME as VERIFIED
from idp.oauth.number_claims import Telling
from idp.ports import UnitOfWork


class Door(StrEnum):
    """Where an app is told something."""

    USERINFO = "userinfo"
    ID_TOKEN = "id_token"
    ID_MATCH = "id_match"


_RESTS_ON_PROOFING = {VERIFIED, release.ID_MATCH, *release.VERIFIABLE} - {"name"}
"""What is told only because somebody verified it; a name is told as the person says it, too."""


def note(unit_of_work: UnitOfWork, family: Authorization, door: Door, telling: Telling, names: Collection[str]) -> bool:
    """Write down that these were told, unless they were before; True: something is to be committed.

    Of parallel releases one writes it. Where they told different things, the others write theirs with the next.
    """
    if set(names) <= set(family.released) or not unit_of_work.authorizations.release(family, names, telling.at):
        return False
    unit_of_work.events.record(disclosed(family.grant, door, telling, names))
    return True


def disclosed(grant: Grant, door: Door, telling: Telling, names: Collection[str]) -> Event:
    """The record of one release to the client of this grant."""
    client, proofed = telling.client, telling.account.proofed(telling.at)
    scopes = {release.CLAIMS[name].scope if name in release.CLAIMS else release.OPENID for name in names}
    bases = release.bases_of(scopes, asks_consent=client.asks_consent)
    data: dict[str, str | int | list[str]] = {
        "claims": sorted(names),
        "at": door.value,
        "basis": [basis.value for basis in bases],
        "terms": client.terms.version,
    }
    if proofed.at is not None and not _RESTS_ON_PROOFING.isdisjoint(names):
        data["verified_at"] = proofed.at
    return Event(
        kind=Kind.AUDIT,
        action=Action.CLAIMS_RELEASED,
        at=telling.at,
        account_id=grant.account_id,
        client_id=grant.client_id,
        session_id=grant.session_id,
        channel=client.channel,
        data=data,
    )
