"""The memory of the server's processes, as the kernel counts it."""

from pathlib import Path

from tests.plugins.running_idp import RunningIdp


def resident_megabytes(idp: RunningIdp) -> float:
    """What all processes of `idp serve` hold in memory together."""
    parents = {int(path.parent.name): _field(path, "PPid") for path in Path("/proc").glob("[0-9]*/status")}
    family, before = {idp.processes["serve"].pid}, 0
    while len(family) > before:
        before = len(family)
        family |= {pid for pid, parent in parents.items() if parent in family}
    return sum(_field(Path(f"/proc/{pid}/status"), "VmRSS") for pid in family) / 1024


def _field(status: Path, name: str) -> int:
    try:
        lines = status.read_text().splitlines()
    except OSError:  # it ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
