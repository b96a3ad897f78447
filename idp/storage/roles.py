"""Who may do what in PostgreSQL: the owner makes tables, the server writes the log and never changes it, the sealer adds seals.

The sealer may delete events, too: a trigger lets go only what is older than half a year, held by nobody, and of a batch that a
seal says is removed.

SQLite knows no roles: there triggers alone refuse a change, and whoever may write the file can drop them.
"""

import re
from collections.abc import Iterator

from idp.errors import Refused
from idp.storage.tables import audit_holds, audit_seals, events, metadata

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)
_LOG = {events.name, audit_seals.name, audit_holds.name}


def grants(server: str, sealer: str) -> Iterator[str]:
    """Statements for the owner, to be run after each migration; raises `Refused("invalid_request", …)` for an odd name."""
    for name in (server, sealer):
        if not _NAME.fullmatch(name):
            raise Refused("invalid_request", "A role's name: small letters, digits and _, at most 63.")
    if server == sealer:
        raise Refused("invalid_request", "Server and sealer are two roles: else the server could add seals.")
    others = ", ".join(sorted(set(metadata.tables) - _LOG))
    yield f"GRANT USAGE ON SCHEMA public TO {server}, {sealer}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {server}, {sealer}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {others} TO {server}"
    yield f"GRANT SELECT, INSERT ON {events.name} TO {server}"
    yield f"GRANT SELECT ON {audit_seals.name}, alembic_version TO {server}"
    yield f"GRANT SELECT, INSERT, UPDATE (released_by, released_at) ON {audit_holds.name} TO {server}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {server}"
    yield f"GRANT SELECT, DELETE ON {events.name} TO {sealer}"
    yield f"GRANT SELECT ON {audit_holds.name}, alembic_version TO {sealer}"
    yield f"GRANT SELECT ON SEQUENCE {events.name}_id_seq TO {server}"
    yield f"GRANT SELECT, INSERT ON {audit_seals.name} TO {sealer}"
    yield f"GRANT SELECT ON SEQUENCE {events.name}_id_seq TO {sealer}"
