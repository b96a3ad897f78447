"""`idp passwords`: the list of passwords that nobody may choose, since others know them."""

import os
from pathlib import Path

import click

from idp.errors import Refused
from idp.factors.password_list import write_list


@click.group()
def passwords() -> None:
    """Build the list for the setting `passwords.breached_list`."""


@passwords.command("build-list")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def build_list(source: Path, target: Path) -> None:
    """Write TARGET from SOURCE: one password a line, or the lines `SHA-1:count` of Pwned Passwords, ordered by hash."""
    try:
        count = _build(source, target)
    except OSError as error:
        reason = f"{error.filename or target}: {error.strerror}"
        raise Refused("list_unreadable", "The list cannot be read or written.", detail=reason) from None
    click.echo(f"{target}: {count:,} passwords, {target.stat().st_size:,} bytes.")
    click.echo("Name it in passwords.breached_list and restart; what runs goes on with the list it has.")


def _build(source: Path, target: Path) -> int:
    """Beside the target first: a server that starts meanwhile, or a disk that is full, never meets half a list."""
    part = target.with_name(f"{target.name}.part")
    try:
        with source.open("rb") as lines, part.open("wb") as out:
            count = write_list(lines, out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return count
