"""Who holds a TCP port of this machine, as far as Linux tells us without root."""

from pathlib import Path

_LISTEN = "0A"


def holder_of(port: int) -> str | None:
    """The process that listens, as `name (pid)`, or None where it cannot be told."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    targets = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(_leads_to(link) in targets for link in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"{command[:80]} (pid {process.name})"
        except OSError:
            continue  # gone meanwhile, or another user's
    return None


def _leads_to(descriptor: Path) -> str:
    """Where an open descriptor leads; nowhere for one that was closed since, as that by which we read the list was."""
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes
