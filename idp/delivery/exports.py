"""Exports that people asked for, made where nobody waits for them."""

from idp.accounts.export import make
from idp.model.message import OutboxItem
from idp.ports import DeliveryResult
from idp.services import Services


class ExportHandler:
    """Makes one; made twice it is the same."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __call__(self, item: OutboxItem) -> DeliveryResult:
        """It is there for its person from now on."""
        account_id = item.payload.get("account_id", "")
        if not (account_id.isascii() and account_id.isdigit()):
            return DeliveryResult(is_accepted=False, reason="payload_unreadable")
        make(self._services, int(account_id), self._services.clock())
        return DeliveryResult(is_accepted=True)
