"""Who the person says to be: nothing here depends on whether somebody has this number (threat G01)."""

from dataclasses import replace

from idp.accounts.identifiers import identifier_of
from idp.clock import Instant, date_in_china
from idp.interaction.known_here import PersonHere
from idp.model.interaction import Interaction, LoginProgress, progress_of
from idp.services import Services
from realnames.identifiers.phone import parse_phone
from realnames.identifiers.sign_in_name import recognise


class Who:
    """The verbs before a proof."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self, interaction: Interaction, typed: str, now: Instant, *, is_shared_device: bool) -> Interaction:
        """Take down who the person says to be; raises `IdentifierRefused` when it is no number of theirs."""
        name = recognise(typed, today=date_in_china(now), sandbox=self._services.settings.sandbox.enabled)
        identifier = identifier_of(name)
        with self._services.begin() as unit_of_work:
            account = unit_of_work.accounts.find(identifier)
        return interaction.with_login(
            LoginProgress(
                kind=identifier.kind,
                typed=identifier.value,
                account_id=account.id if account else None,
                is_shared_device=is_shared_device,
            )
        )

    def name_again(self, interaction: Interaction, person: PersonHere, *, is_shared_device: bool) -> Interaction:
        """Take down that it is somebody who signed in on this browser before."""
        identifier = person.identifier
        return interaction.with_login(
            LoginProgress(
                kind=identifier.kind,
                typed=identifier.value,
                account_id=person.account_id,
                is_shared_device=is_shared_device,
            )
        )

    def register(self, interaction: Interaction, typed: str, now: Instant, *, is_shared_device: bool) -> Interaction:
        """Take down the phone of who comes to register; raises `IdentifierRefused` when it is none.

        Whether somebody has it shows after its code was typed, to its holder alone (threat G01).
        """
        phone = parse_phone(typed).e164
        named = self.name(interaction, phone, now, is_shared_device=is_shared_device)
        return named.with_login(replace(progress_of(named), registers=True))
