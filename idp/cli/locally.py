"""How commands do what officers do: by the same operations, as the operator of this machine."""

import sys

import click

from admin.operation import Actor, Operation, Takes
from admin.perform import Ask, Done, Drafted, perform
from idp.app import Installation

OPERATOR = Actor(via="cli")
_PLAINLY = Ask()
URGENT = click.option(
    "--emergency", is_flag=True, help="Apply it at once where another person would decide; they review it afterwards."
)


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
