"""Who holds a port: told by name where it can be told."""

import os
import socket

import pytest

from idp.cli.demo import _held
from idp.cli.port_holder import holder_of
from tests.plugins.server_processes import free_port


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_listening_process_is_named(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as holder:
        holder.bind((host, 0))
        port = holder.getsockname()[1]
        assert holder_of(port) is None, "bound, but nobody listens"
        holder.listen()
        assert str(holder_of(port)).endswith(f"(pid {os.getpid()})")


def test_a_free_port_is_nobodys() -> None:
    port = free_port()
    assert holder_of(port) is None
    assert _held(port) is None


def test_the_demo_sees_that_a_port_is_taken() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        assert f"(pid {os.getpid()})" in str(_held(holder.getsockname()[1]))
