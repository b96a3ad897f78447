"""`idp operation`: every operation of officers by its name, as the API and the console have it."""

import json
from typing import get_args, get_origin

import click
from pydantic_core import from_json

from admin.operation import Effect, Operation
from admin.operations import OPERATIONS
from admin.perform import LONGEST_REASON, Ask
from idp.cli import Configuration
from idp.cli.locally import URGENT, ask_for, done_or_drafted
from idp.errors import Refused


@click.command()
@click.argument("name", required=False)
@click.argument("members", nargs=-1, metavar="[MEMBER=VALUE]...")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--reason", default="", help=f"For whoever decides; at most {LONGEST_REASON} characters.")
@URGENT
@click.pass_obj
def operation(  # noqa: PLR0913 - click hands over each option
    configuration: Configuration,
    name: str | None,
    members: tuple[str, ...],
    *,
    dry_run: bool,
    reason: str,
    emergency: bool,
) -> None:
    """Do what officers do, as the operator of this machine; without NAME, list every operation.

    A value is taken as it stands, lists and objects as JSON. The answer is JSON. What a second person has to approve is applied at
    once until there are three officers, and afterwards proposed; deciding on it is for people at the console.
    """
    if name is None:
        for each in OPERATIONS.values():
            click.echo(f"{each.name:20} {' '.join(each.takes.model_fields)}\n    {each.about}")
        return
    wanted_one = OPERATIONS.get(name)
    if wanted_one is None:
        raise Refused("not_found", f"There is no operation {name}: `idp operation` lists them.")
    wanted = ask_for(wanted_one.takes, **dict(_member(wanted_one, each) for each in members))
    ask = Ask(is_trial=dry_run, is_urgent=emergency, reason=reason)
    done = done_or_drafted(configuration.install(), wanted_one, wanted, ask)
    for line in done.changes:
        click.echo(f"  {line}", err=True)
    if ask.is_trial and wanted_one.effect is not Effect.READ:
        click.echo("Nothing was changed: this was a dry run.", err=True)
    click.echo(json.dumps(from_json(done.answer), ensure_ascii=False, indent=2))


def _member(wanted_one: Operation, text: str) -> tuple[str, object]:
    """A member with its value; raises `Refused("invalid_request", …)`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused("invalid_request", f"{text}: write MEMBER=VALUE.")
    field = wanted_one.takes.model_fields.get(name)
    if field is None or not _is_composed(field.annotation):
        return name, value
    try:
        return name, json.loads(value)
    except ValueError:
        raise Refused("invalid_request", f"{name}: is no JSON.") from None


def _is_composed(annotation: object) -> bool:
    """Whether it is a list or an object, also one that may be left out."""
    kinds = [get_origin(each) or each for each in (annotation, *get_args(annotation))]
    return list in kinds or dict in kinds
