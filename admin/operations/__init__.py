"""Each administrative operation, once: what the API, the console and the command line call."""

from collections.abc import Mapping

from admin.operation import Operation
from admin.operations import (
    break_glass,
    clients,
    connections,
    drafts,
    events,
    keys,
    officers,
    people,
    people_search,
    recovery,
    sessions,
)

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for subject in (
        officers,
        break_glass,
        people,
        people_search,
        recovery,
        sessions,
        clients,
        keys,
        connections,
        events,
        drafts,
    )
    for operation in subject.OPERATIONS
}
"""All of them, by name."""
