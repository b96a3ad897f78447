"""The operator's commands. Each says what it did, and on failure what to do next."""

import sys
from importlib import import_module
from pathlib import Path

import click

from idp import VERSION
from idp.app import Installation, install, load_settings
from idp.app.logs import configure_logging
from idp.errors import Refused
from idp.settings import CONFIG_VARIABLE, Settings, SettingsFault

CONFIGURATION_FAULT = 2
"""Exit status when the settings are wrong."""


COMMANDS = (
    "audit",
    "check",
    "client",
    "demo",
    "invite",
    "keys",
    "migrate",
    "operation",
    "passwords",
    "person",
    "serve",
    "worker",
)
"""Each is in the module of its name; only the one that is asked for is imported."""


class Commands(click.Group):
    """Turns our refusals into one line on standard error, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - whatever the context is
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"idp.cli.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SettingsFault as fault:
            click.echo(f"The settings are wrong:\n{fault}", err=True)
            ctx.exit(CONFIGURATION_FAULT)
        except Refused as refused:
            click.echo(f"{refused.public} {f'({refused.detail})' if refused.detail else ''}".strip(), err=True)
            ctx.exit(1)


class Configuration:
    """The settings of this command line, read when a command needs them."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def settings(self) -> Settings:
        """Read and checked; logging is set up on the way."""
        settings = load_settings(self.path)
        configure_logging(settings.log_format)
        return settings

    def install(self) -> Installation:
        """Everything opened."""
        return install(self.settings())


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar=CONFIG_VARIABLE,
    help="The TOML file with the settings; IDP_* of the environment come on top.",
)
@click.version_option(package_name=None, version=VERSION, prog_name="idp")
@click.pass_context
def idp(context: click.Context, config: Path | None) -> None:
    """Yizheng (一证): one person, one number, one login."""
    if config is not None and not config.exists():
        click.echo(f"There is no file {config}.", err=True)
        context.exit(CONFIGURATION_FAULT)
    context.obj = Configuration(config)


def main() -> None:
    """Run the command line."""
    idp(prog_name="idp", windows_expand_args=False)
    sys.exit(0)
