"""`idp keys`: the life of the signing keys; that of the master keys is in `idp.cli.master_keys`."""

import click

from admin.operations.keys import ROTATE_KEYS, RotateKeys
from admin.perform import Ask
from idp.app import Installation
from idp.cli import Configuration
from idp.cli.locally import URGENT, done_or_drafted
from idp.cli.master_keys import rekey_and_tell, use
from idp.clock import as_datetime
from idp.jose import ALGORITHMS
from idp.model.master_key import Rekeyed
from idp.model.signing_key import KeyState


@click.group()
def keys() -> None:
    """List and rotate signing keys, and change master keys."""


keys.add_command(use)


@keys.command("list")
@click.pass_obj
def list_keys(configuration: Configuration) -> None:
    """Every published key: algorithm, state, since when, kid."""
    with configuration.install().services.begin() as unit_of_work:
        for key in sorted(unit_of_work.signing_keys.all(), key=lambda key: (key.alg, key.state)):
            since = key.retired_at or key.activated_at or key.created_at
            click.echo(f"{key.alg}  {key.state:<8}  {as_datetime(since):%Y-%m-%d %H:%M}Z  {key.kid}")


@keys.command()
@click.option("--alg", type=click.Choice(ALGORITHMS), help="Only this algorithm; else every one.")
@click.option("--at-once", is_flag=True, help="For a key that leaked: wait for nothing, publish it no more.")
@URGENT
@click.option("--blind-index", is_flag=True, help="Of master keys: make blind indexes again under the one that writes.")
@click.option("--fields", is_flag=True, help="Of master keys: encrypt again under the one that writes.")
@click.pass_obj
def rotate(configuration: Configuration, /, alg: str | None, *, at_once: bool, emergency: bool, **kinds: bool) -> None:
    """Let the next key sign, retire the active one, publish a new next key.

    With --blind-index or --fields no signing key is touched: what is stored comes under the master key that writes.
    """
    wanted = [kind for kind in Rekeyed if kinds[kind.replace("-", "_")]]
    if wanted and (alg or at_once or emergency):
        raise click.UsageError("--blind-index and --fields are about master keys: no other option goes with them.")
    installation = configuration.install()
    if wanted:
        rekey_and_tell(installation, wanted)
        return
    ask = Ask(is_urgent=emergency)
    before = _published(installation)
    done_or_drafted(installation, ROTATE_KEYS, RotateKeys.model_validate({"alg": alg, "at_once": at_once}), ask)
    with installation.services.begin() as unit_of_work:
        now = unit_of_work.signing_keys.all()
    for key in sorted(now, key=lambda key: key.alg):
        if key.state is KeyState.ACTIVE and alg in {None, key.alg}:
            click.echo(f"{key.alg}: {key.kid} signs now.")
    for kid in sorted(before - {key.kid for key in now}):
        click.echo(f"{kid} is no longer published.")


def _published(installation: Installation) -> set[str]:
    with installation.services.begin() as unit_of_work:
        return {key.kid for key in unit_of_work.signing_keys.all()}
