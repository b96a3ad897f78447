"""The API as a protected resource: what its tokens are for, and which scopes they have (RFC 8707, RFC 6750)."""

from admin.api.callers import READ, WRITE
from admin.api.surface import PREFIX
from idp.clock import Instant
from idp.model.client import API_CLIENT, Client, ClientStatus, Profile
from idp.ports import UnitOfWork
from idp.registration.register import register

_WORDS = {
    READ: (("zh-CN", "查看管理台里的内容"), ("en", "See what the console shows")),
    WRITE: (("zh-CN", "以您的名义提出和批准变更"), ("en", "Propose and approve changes in your name")),
}


def ensure(unit_of_work: UnitOfWork, issuer: str, now: Instant) -> None:
    """Write it down when it is not there, or was for another issuer. It has no secret: it never asks us about tokens."""
    known = unit_of_work.clients.get(API_CLIENT)
    if known is None or known.resource != f"{issuer}{PREFIX}":
        register(unit_of_work, [_resource(issuer)], now)


def _resource(issuer: str) -> Client:
    return Client(
        client_id=API_CLIENT,
        client_name="管理台接口",
        channel="website",
        profile=Profile.GOV_STANDARD,
        status=ClientStatus.ACTIVE,
        sector="console",
        redirect_uris=(),
        grant_types=(),
        scope=(),
        resource=f"{issuer}{PREFIX}",
        resource_scope=tuple(_WORDS.items()),
    )
