"""Set-up: cheap when finished, built anew when it was not, and never from anything but the locked bytes."""

import contextlib
import itertools
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.setup.tree import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_brings_the_command_and_then_leaves_it_alone(tree: Tree) -> None:
    """Without a locale, below a folder with a Chinese name, and with settings of pip that point elsewhere.

    Mutation: honour PIP_TARGET or PIP_USER in `install`, or drop PYTHONUTF8 from the command.
    """
    elsewhere = tree.root / "elsewhere"
    assert "done in" in tree.run("tools/set-up", PIP_USER="1", PIP_TARGET=str(elsewhere))
    assert not elsewhere.exists()
    assert tree.run(".venv/bin/idp", "demo", "一 证", PYTHONUTF8="0") == "正 demo 一 证\n"
    built = tree.stamp.stat().st_mtime_ns
    assert tree.run("tools/set-up") == ""
    assert tree.stamp.stat().st_mtime_ns == built


def test_development_serves_running_too(tree: Tree) -> None:
    """Mutation: accept only the runtime lock's stamp when `--dev` is not given."""
    tree.run("tools/set-up", "--dev")
    assert tree.run("tools/set-up") == ""
    tree.run(".venv/bin/python", "-c", "import runs, proves")


def test_development_is_added_to_a_finished_environment(tree: Tree) -> None:
    """A running demo keeps its files. Mutation: always clear in `build`."""
    tree.run("tools/set-up")
    (tree.environment / "in-use").touch()
    tree.run("tools/set-up", "--dev")
    assert (tree.environment / "in-use").exists()
    tree.run(".venv/bin/python", "-c", "import runs, proves")


@pytest.mark.parametrize("reason", ["unfinished", "other lock", "moved", "broken"])
def test_a_stale_environment_is_built_anew(tree: Tree, reason: str) -> None:
    """Mutation: keep what stands there, leave the lock or the folder out of the stamp, or trust a dead Python."""
    tree.run("tools/set-up")
    (tree.environment / "stale").touch()
    if reason == "unfinished":
        tree.stamp.unlink()
    elif reason == "other lock":
        tree.runtime.write_text(tree.runtime.read_text() + "# changed\n")
    elif reason == "moved":
        tree.root = tree.root.rename(tree.root.with_name("moved"))
        tree.environment = tree.root / ".venv"
    else:
        python = tree.environment / "bin" / "python"
        python.unlink()
        python.symlink_to(tree.root / "gone")
    assert "done in" in tree.run("tools/set-up")
    assert not (tree.environment / "stale").exists()
    assert tree.run(".venv/bin/idp") == "正\n"


def test_a_killed_one_is_waited_for_and_recovered(tree: Tree) -> None:
    """kill -9 leaves pip behind, still installing; the next run lets it end before it starts over.

    Mutation: write the stamp before installing, or do not hand the turn's descriptor to pip.
    """
    with silent_index() as index:
        address = f"http://127.0.0.1:{index.getsockname()[1]}/"
        settings = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": address, "PIP_RETRIES": "0"}
        first = tree.start("tools/set-up", **settings)
        connection, _ = index.accept()
        first.send_signal(signal.SIGKILL)
        second = tree.start("tools/set-up")
        assert second.stdout is not None
        assert second.stdout.readline() == "set-up: another set-up is at work here, waiting for it\n"
        connection.close()
    said, _ = second.communicate(timeout=120)
    first.communicate(timeout=120)
    assert "done in" in said
    assert tree.run(".venv/bin/idp") == "正\n"


@contextlib.contextmanager
def silent_index() -> Iterator[socket.socket]:
    """A package index that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as index:
        yield index


def test_two_at_once_build_once(tree: Tree) -> None:
    """Mutation: do not look again once the turn has come."""
    with (
        tree.start("tools/set-up") as one,
        tree.start("tools/set-up", "--dev") as other,
        tree.start("tools/set-up") as third,
    ):
        said = [process.communicate(timeout=120)[0] for process in (one, other, third)]
        assert [one.returncode, other.returncode, third.returncode] == [0, 0, 0]
    installed = re.findall(r"installing (\S+)", "".join(said))
    assert sorted(installed) in (["requirements-dev.lock"], ["requirements-dev.lock", "requirements.lock"])
    assert tree.run("tools/set-up", "--dev") == ""


def test_a_pip_that_was_tampered_with_never_runs(tree: Tree) -> None:
    """Mutation: do not call `verify_pip`."""
    (pip,) = (tree.root / "third_party").glob("pip-*.whl")
    pip.write_bytes(pip.read_bytes() + b"\0")
    assert "is not the file it should be" in tree.refuse("tools/set-up")
    assert not tree.environment.exists()


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("runs==1 --hash=sha256:" + 64 * "0", "DO NOT MATCH THE HASHES"),
        ("runs==1", "Hashes are required"),
    ],
)
def test_only_locked_bytes_are_installed(tree: Tree, asked: str, answered: str) -> None:
    """Mutation: drop --require-hashes."""
    tree.runtime.write_text(f"{asked}\n")
    process = tree.start("tools/set-up")
    assert process.stdout is not None
    said = "".join(itertools.takewhile(lambda line: "once more" not in line, process.stdout))
    process.kill()
    process.communicate()
    assert answered in said
    assert not tree.stamp.exists()


def test_without_a_new_python_it_says_what_to_do(tree: Tree) -> None:
    tools = tree.root / "only"
    tools.mkdir()
    (tools / "dirname").symlink_to("/usr/bin/dirname")
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    said = tree.refuse("/bin/sh", "tools/set-up", PATH=str(tools))
    assert "Python 3.11 or newer is needed" in said


@pytest.mark.parametrize("fault", ["no pip", "no lock", "file in the way"])
def test_a_fault_of_the_tree_is_a_sentence(tree: Tree, fault: str) -> None:
    if fault == "no pip":
        next((tree.root / "third_party").glob("pip-*.whl")).unlink()
    elif fault == "no lock":
        tree.runtime.unlink()
    else:
        tree.environment.write_text("")
    assert re.match(r"set-up: ", tree.refuse("tools/set-up"))
    assert not os.path.lexists(tree.stamp)
