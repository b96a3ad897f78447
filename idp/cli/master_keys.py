"""`idp keys use`, and `idp keys rotate` with `--blind-index` or `--fields`: the life of the master keys."""

from collections.abc import Iterator, Sequence
from time import monotonic

import click

from idp.app import Installation
from idp.cli import Configuration
from idp.clock import as_datetime
from idp.keys import rekey
from idp.model.master_key import MasterKey, MasterKeyState, Rekeyed

TOLD_EVERY = 5.0
"""Seconds between two lines about one place."""
_HOW_TO = "docs/how-to/rotate-keys.md"


@click.command()
@click.argument("version", type=click.IntRange(1, 255))
@click.pass_obj
def use(configuration: Configuration, version: int) -> None:
    """Let the master key VERSION write, in every process at once; each must know it already."""
    installation = configuration.install()
    if not rekey.switch(_doors(installation), version):
        click.echo(f"Master key {version} writes already.")
        return
    click.echo(f"Master key {version} writes now. Next: `idp keys rotate --blind-index --fields`.")


def rekey_and_tell(installation: Installation, kinds: Sequence[Rekeyed]) -> None:
    """Re-key; ends the command with status 1 when something is left that could not be written again."""
    progress = _Progress()
    outcome = rekey.rekey(_doors(installation), kinds, progress.tell)
    for tally in outcome.tallies:
        if tally.looked_at:
            click.echo(_line(tally, progress.seconds_of(tally.place)))
    for line in _faults(outcome):
        click.echo(line, err=True)
    with installation.services.begin() as unit_of_work:
        keys = unit_of_work.master_keys.all()
    for line in what_keys_hold(keys, installation.services.cipher.versions):
        click.echo(line)
    kept = {tally.place: tally.kept for tally in outcome.tallies if tally.kept}
    if kept:
        told = ", ".join(f"{place} {number}" for place, number in kept.items())
        click.echo(
            f"Under another key than {outcome.version} stay digests that nobody can make again: {told}; see {_HOW_TO}."
        )
    if not outcome.is_flawless:
        raise click.exceptions.Exit(1)


def what_keys_hold(keys: Sequence[MasterKey], known: Sequence[int]) -> Iterator[str]:
    """For each version what lies under it, and what to do next."""
    by_version = {key.version: key for key in keys}
    for version in sorted({*by_version, *known}):
        key = by_version.get(version)
        if key is None:
            yield f"master key {version} is known here and was never used: when every process knows it, `idp keys use {version}`"
        elif key.state is MasterKeyState.ACTIVE:
            yield f"master key {version} writes, since {as_datetime(key.since):%Y-%m-%d %H:%M} UTC"
        elif key.state is MasterKeyState.FORMER:
            left = " ".join(f"--{kind}" for kind in sorted(Rekeyed) if kind not in key.rekeyed)
            yield f"master key {version} still has values and must stay: `idp keys rotate {left}`"
        elif version in known:
            yield f"master key {version} has no values that are needed: it may be taken out of secrets.keys ({_HOW_TO})"


class _Progress:
    """How far each place has come, in a line every few seconds."""

    def __init__(self) -> None:
        self._begun_at = self._told_at = monotonic()
        self._seconds: dict[str, float] = {}
        self._place = ""

    def tell(self, tally: rekey.Tally) -> None:
        now = monotonic()
        if tally.place != self._place:
            self._place, self._begun_at, self._told_at = tally.place, now, now
        self._seconds[tally.place] = now - self._begun_at
        if now - self._told_at >= TOLD_EVERY:
            self._told_at = now
            click.echo(_line(tally, self._seconds[tally.place]))

    def seconds_of(self, place: str) -> float:
        return self._seconds.get(place, 0.0)


def _line(tally: rekey.Tally, seconds: float) -> str:
    kept = f", {tally.kept} stay" if tally.kept else ""
    rate = f", {tally.looked_at / seconds:.0f} a second" if seconds >= 1 else ""
    return f"{tally.place}: {tally.looked_at} looked at, {tally.rekeyed} re-keyed{kept}{rate}"


def _faults(outcome: rekey.Rekeyings) -> Iterator[str]:
    """Rows by table and id, and nothing of what is in them."""
    for tally in outcome.tallies:
        for row, fault in tally.named:
            yield f"{tally.place} of row {row}: {fault}"
        more = tally.unreadable + tally.doubles - len(tally.named)
        if more:
            yield f"{tally.place}: {more} more such rows"
        if tally.missed:
            yield f"{tally.place}: {tally.missed} rows were in use all the time; run it again"


def _doors(installation: Installation) -> rekey.Doors:
    services = installation.services
    return rekey.Doors(services.begin, installation.storage.rekeying(), services.cipher, services.clock)
