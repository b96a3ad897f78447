"""`idp worker`: what was promised inside transactions leaves the house here."""

import signal
import threading

import click

from idp.cli import Configuration
from idp.cli.check import sandbox_faults
from idp.delivery.messages import MessageHandler, discard
from idp.delivery.worker import Handler, Worker


@click.command()
@click.pass_obj
def worker(configuration: Configuration) -> None:
    """Deliver messages until stopped; several workers side by side are safe."""
    installation = configuration.install()
    if faults := list(sandbox_faults(installation)):
        click.echo("Not started:\n" + "\n".join(f"- {fault}" for fault in faults), err=True)
        raise click.exceptions.Exit(1)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    services = installation.services
    handlers: dict[str, Handler] = {"message": MessageHandler(installation.carriers), "discard": discard}
    Worker(services.begin, handlers, services.clock).run(stop)
