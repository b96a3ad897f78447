"""`idp migrate`: bring the tables up to date and make sure that there are signing keys."""

import click

from admin.api import resource
from idp.cli import Configuration
from idp.cli.invite import missing_officers
from idp.keys import rotation
from idp.storage import migrations


@click.command()
@click.option("--plan", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def migrate(configuration: Configuration, *, plan: bool) -> None:
    """Bring the database up to date; safe to repeat and to run from two machines at once."""
    installation = configuration.install()
    url = installation.settings.storage.database
    if plan:
        steps = migrations.plan(url)
        click.echo("\n".join(steps) if steps else "Nothing to do: the tables are up to date.")
        return
    migrations.upgrade(url)
    with installation.services.begin() as unit_of_work:
        now = installation.services.clock()
        unit_of_work.master_keys.ensure(now)
        made = rotation.ensure(unit_of_work, now)
        resource.ensure(unit_of_work, installation.settings.issuer, now)
        unit_of_work.commit()
    click.echo(f"The tables are at {migrations.current(url)}; {len(made)} signing keys were made.")
    if missing := missing_officers(installation):
        click.echo(f"Nobody is {', '.join(missing)} officer yet: `idp invite` prints an invitation for each.")
