"""`idp invite`: the first officers come by invitations that this prints; later ones are invited by officers."""

import click

from admin.operations.break_glass import OPEN_ENVELOPE, Open
from admin.operations.officers import Invited
from admin.perform import Ask
from idp.accounts import offices
from idp.accounts.invitations import PATH, Offer, invite_first
from idp.app import Installation
from idp.cli import Configuration
from idp.cli.locally import ask_for, done_or_drafted
from idp.model.office import Role


@click.command()
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    help="For this role, which nobody may hold yet; without it, for each of the three officers that are missing.",
)
@click.option("--name", default="", help="How the person is called at work; without it they say it themselves.")
@click.option("--scope", default="", help="What the role is limited to: a hall, a department, a district.")
@click.option(
    "--break-glass",
    is_flag=True,
    help="By the code of the sealed envelope, for a role that somebody holds who cannot come; everybody hears of it.",
)
@click.pass_obj
def invite(configuration: Configuration, role: str | None, name: str, scope: str, *, break_glass: bool) -> None:
    """Print links by which people take a role: each works once, and for a day. One that is printed again replaces the first."""
    installation = configuration.install()
    if break_glass:
        if role is None:
            raise click.UsageError("--break-glass fills one role: name it with --role.")
        code = click.prompt("Code of the sealed envelope", hide_input=True, err=True)
        click.echo(f"{role:<9} {broken_in(installation, role, name, code)}")
        click.echo(
            "The envelope is open: it is logged, and waits to be reviewed. Have the officers seal another one.",
            err=True,
        )
        return
    if role is not None:
        click.echo(f"{role:<9} {link(installation, Offer(role=Role(role), name=name, scope=scope))}")
        return
    missing = missing_officers(installation)
    if not missing:
        click.echo("There is an officer for each of the three roles; they invite others at /console/officers.")
        return
    click.echo("Each link makes one officer, works once, and for 24 hours. Give each to another person:")
    for each in missing:
        click.echo(f"{each:<9} {link(installation, Offer(role=each, name=name, scope=scope))}")


def broken_in(installation: Installation, role: str, name: str, code: str) -> str:
    """The address of an invitation that the sealed envelope is opened for; raises `Refused("wrong_code", …)`."""
    wanted = ask_for(Open, role=role, name=name, code=code)
    done = done_or_drafted(installation, OPEN_ENVELOPE, wanted, Ask(is_urgent=True))
    return Invited.model_validate_json(done.answer).link


def missing_officers(installation: Installation) -> list[Role]:
    """Those of the three roles that nobody holds."""
    with installation.services.begin() as unit_of_work:
        return offices.missing_officers(unit_of_work)


def link(installation: Installation, offer: Offer) -> str:
    """The address of a new invitation, written down and durable; raises as `invite_first` does."""
    services = installation.services
    with services.begin() as unit_of_work:
        sent = invite_first(unit_of_work, offer, services.clock())
        unit_of_work.commit()
    return f"{services.settings.issuer}{PATH}/{sent.token}"
