"""What apps that register themselves ask for beyond what they were allowed: a draft, on which two officers agree."""

import hashlib
from collections.abc import Mapping

from pydantic_core import to_json

from admin.operation import Actor
from admin.operations.clients import SAVE_CLIENT, SaveClient
from admin.perform import Ask, Drafted, perform
from idp.services import Services


class RegistrationDrafts:
    """Implements `ports.Proposals`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def propose(self, client_id: str, metadata: Mapping[str, object]) -> int | None:
        """A draft of this registration; the same one when it is asked for again."""
        wanted = SaveClient.model_validate({"client_id": client_id, "metadata": dict(metadata)})
        digest = hashlib.sha256(to_json(metadata)).digest()
        actor = Actor(via="registration", client_id=client_id)
        ask = Ask(reason="The app asks for this by itself.", key=digest.hex(), asked=digest)
        outcome = perform(self._services, SAVE_CLIENT, wanted, actor, ask)
        return outcome.draft.id if isinstance(outcome, Drafted) else None
