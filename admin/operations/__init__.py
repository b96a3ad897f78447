"""Each administrative operation, once: what the API, the console and the command line call."""

from collections.abc import Mapping

from admin.operation import Operation
from admin.operations import (
    break_glass,
    clients,
    conduct,
    connections,
    dashboard,
    drafts,
    events,
    holds,
    identity,
    initial_access_tokens,
    keys,
    log,
    officers,
    people,
    people_import,
    people_search,
    recovery,
    sessions,
    system,
)

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for subject in (
        system,
        dashboard,
        officers,
        conduct,
        break_glass,
        people,
        people_import,
        people_search,
        identity,
        recovery,
        sessions,
        clients,
        initial_access_tokens,
        keys,
        connections,
        events,
        log,
        holds,
        drafts,
    )
    for operation in subject.OPERATIONS
}
"""All of them, by name."""
