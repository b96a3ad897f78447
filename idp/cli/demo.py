"""`idp demo`: the whole city on one machine, made at the first run and continued at the next."""

import json
import shutil
import socket
from pathlib import Path

import click

from idp.cli import demo_city
from idp.cli.demo_processes import run_all
from idp.cli.port_holder import holder_of

ROOT = Path(__file__).resolve().parents[2]


@click.command()
@click.option("--describe", is_flag=True, help="Print issuer, clients, people and simulators as JSON, and do nothing.")
@click.option("--fresh", is_flag=True, help="Forget what earlier runs left, and begin anew.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=ROOT / ".run" / "demo",
    help="Where its databases live.",
)
@click.option("--database", default=None, help="Another database than SQLite in the directory, as a URL.")
@click.option("--ephemeral", default=None, help="Another ephemeral store than SQLite in the directory, as a URL.")
def demo(*, describe: bool, fresh: bool, directory: Path, database: str | None, ephemeral: str | None) -> None:
    """Run the demo: identity provider, two apps, sandbox carrier, authority and citizen cards; stop with Ctrl-C."""
    city = demo_city.read(ROOT / "examples" / "city.toml")
    if describe:
        click.echo(json.dumps(demo_city.describe(city), ensure_ascii=False, indent=2))
        return
    if fresh and directory.exists():
        shutil.rmtree(directory)
    _refuse_taken_ports()
    config = demo_city.prepare(city, directory, database=database, ephemeral=ephemeral)
    raise click.exceptions.Exit(run_all(ROOT, directory, config, city))


def _refuse_taken_ports() -> None:
    taken = [(name, port, holder) for name, port in demo_city.PORTS.items() if (holder := _held(port)) is not None]
    for name, port, holder in taken:
        click.echo(f"Port {port} ({name}) is taken by {holder}; stop it and start again.", err=True)
    if taken:
        raise click.exceptions.Exit(1)


def _held(port: int) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return holder_of(port) or "another program"
    return None
