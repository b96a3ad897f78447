"""`idp keys`: the life of the signing keys."""

import click

from idp.cli import Configuration
from idp.clock import as_datetime
from idp.jose import ALGORITHMS
from idp.keys import rotation


@click.group()
def keys() -> None:
    """List and rotate signing keys."""


@keys.command("list")
@click.pass_obj
def list_keys(configuration: Configuration) -> None:
    """Every published key: algorithm, state, since when, kid."""
    with configuration.install().services.begin() as unit_of_work:
        for key in sorted(unit_of_work.signing_keys.all(), key=lambda key: (key.alg, key.state)):
            since = key.retired_at or key.activated_at or key.created_at
            click.echo(f"{key.alg}  {key.state:<8}  {as_datetime(since):%Y-%m-%d %H:%M}Z  {key.kid}")


@keys.command()
@click.option("--alg", type=click.Choice(ALGORITHMS), multiple=True, help="Only this algorithm; else every one.")
@click.option("--at-once", is_flag=True, help="For a key that leaked: wait for nothing, publish it no more.")
@click.pass_obj
def rotate(configuration: Configuration, alg: tuple[str, ...], *, at_once: bool) -> None:
    """Let the next key sign, retire the active one, publish a new next key."""
    installation = configuration.install()
    calendar, services = installation.settings.keys, installation.services
    with services.begin() as unit_of_work:
        for name in alg or ALGORITHMS:
            kid = rotation.rotate(
                unit_of_work, name, services.clock(), publish_ahead=calendar.publish_ahead, at_once=at_once
            )
            click.echo(f"{name}: {kid} signs now.")
        gone = rotation.drop_expired(unit_of_work, services.clock(), retain=calendar.retain)
        unit_of_work.commit()
    for kid in gone:
        click.echo(f"{kid} is no longer published.")
