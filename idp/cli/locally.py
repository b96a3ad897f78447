"""How commands do what officers do: by the same operations, as the operator of this machine."""

import sys
from typing import TypeVar

import click
from pydantic import BaseModel, ValidationError

from admin.operation import Actor, Operation, Takes
from admin.perform import Ask, Done, Drafted, perform
from idp.app import Installation
from idp.errors import Refused

T = TypeVar("T", bound=BaseModel)

OPERATOR = Actor(via="cli")
_PLAINLY = Ask()
URGENT = click.option(
    "--emergency", is_flag=True, help="Apply it at once where another person would decide; they review it afterwards."
)


def ask_for(takes: type[T], **values: object) -> T:
    """What an operation takes, out of what somebody typed; raises `Refused("invalid_request", …)` that says what does not fit."""
    try:
        return takes.model_validate(values)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False))
        raise Refused("invalid_request", "; ".join(faults)) from None


def done_or_drafted(installation: Installation, operation: Operation, wanted: Takes, ask: Ask = _PLAINLY) -> Done:
    """What was done; where another person decides on it now, that is said and the command ends well."""
    outcome = perform(installation.services, operation, wanted, OPERATOR, ask)
    if isinstance(outcome, Drafted):
        draft = outcome.draft
        for line in draft.changes:
            click.echo(f"  {line}")
        issuer = installation.settings.issuer
        click.echo(
            f"Nothing was changed yet. Another person decides on it within seven days: {issuer}/console/drafts/{draft.id}"
        )
        sys.exit(0)
    return outcome
