"""How a page of the console does what its officer presses: by the operations, as everybody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from admin.console.entrance import Officer
from admin.operation import Actor, Operation, Takes
from admin.perform import Ask, Done, Drafted, perform
from idp.errors import Refused, Unavailable
from idp.http.request import Parameters
from idp.services import Services

T = TypeVar("T", bound=BaseModel)


def actor_of(officer: Officer) -> Actor:
    """Whoever is at the console."""
    visitor, held = officer.visitor, officer.appointment
    return Actor(via="console", role=held.role, account_id=visitor.account.id, auth_time=visitor.session.auth_time)


def may(officer: Officer, operation: Operation) -> bool:
    """Whether a page offers it to them."""
    return officer.appointment.role in operation.does


@dataclass(frozen=True, slots=True)
class Acts:
    """Reads for pages, and does what their forms ask for."""

    services: Services

    def read(self, officer: Officer, operation: Operation, wanted: Takes, gives: type[T]) -> T:
        """What the operation gives; raises `Refused`."""
        done = perform(self.services, operation, wanted, actor_of(officer))
        assert isinstance(done, Done)  # nothing that is read waits for a second person
        return gives.model_validate_json(done.answer)

    def try_out(self, officer: Officer, operation: Operation, form: Parameters) -> Done | Refused:
        """What would become of it: nothing changes."""
        outcome = self._do(officer, operation, form, {}, Ask(is_trial=True))
        assert not isinstance(outcome, Drafted)  # a trial proposes nothing
        return outcome

    def do(self, officer: Officer, operation: Operation, form: Parameters, **named: str) -> Done | Drafted | Refused:
        """What a form asks for: its fields, and what stands in the path; what does not fit is a refusal, not a failure."""
        ask = Ask(reason=form.get("reason", "").strip(), is_urgent=form.get("emergency") == "1")
        return self._do(officer, operation, form, named, ask)

    def _do(
        self, officer: Officer, operation: Operation, form: Parameters, named: Mapping[str, str], ask: Ask
    ) -> Done | Drafted | Refused:
        fields = {name: form[name] for name in operation.takes.model_fields if form.get(name)}
        try:
            wanted = operation.takes.model_validate_strings({**fields, **named})
            return perform(self.services, operation, wanted, actor_of(officer), ask)
        except ValidationError:
            return Refused("invalid_request", "Something in the form does not fit.")
        except Unavailable:
            raise
        except Refused as refused:
            return refused
