"""What `perf script` tells is read and sorted as the tables say; no perf is needed for it."""

from collections import Counter

import pytest

from tests.benchmarks.native_profile import (
    FILES,
    KERNEL,
    LOCK,
    NETWORK,
    OTHER,
    THREADS,
    Frame,
    microseconds,
    part_of,
    stacks,
)

TOLD = """\
 4711
\tffffffff8123 finish_task_switch.isra.0 ([kernel.kallsyms])
\tffffffff8124 futex_wait_queue ([kernel.kallsyms])
\t7f1c15e16ac0 __futex_abstimed_wait_common (/usr/lib/x86_64-linux-gnu/libc.so.6)

 4712
\t7f1c15bdfd00 sqlite3VdbeExec (/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6)
\t7f1c15bdfd01 [unknown] (/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6)
"""


def test_each_sample_is_a_process_and_its_stack_from_the_inside() -> None:
    # Mutation: the last sample, which no empty line follows, is lost.
    first, second = stacks(TOLD.splitlines())
    assert first[0] == 4711
    assert first[1][0] == Frame("finish_task_switch.isra.0", "[kernel.kallsyms]")
    assert (second[0], len(second[1])) == (4712, 2)


@pytest.mark.parametrize(
    ("library", "symbols", "part"),
    [
        ("[kernel.kallsyms]", ("finish_task_switch", "schedule", "futex_wait"), THREADS),
        ("[kernel.kallsyms]", ("_raw_spin_unlock_irqrestore", "tcp_v4_rcv", "__x64_sys_sendto"), NETWORK),
        ("[kernel.kallsyms]", ("finish_task_switch", "schedule", "do_epoll_wait"), NETWORK),
        ("[kernel.kallsyms]", ("fcntl_setlk", "do_fcntl"), FILES),
        ("[kernel.kallsyms]", ("irqentry_exit_to_user_mode",), KERNEL),
        ("/opt/venv/lib/python3.11/site-packages/granian/_granian.cpython-311-x86_64-linux-gnu.so", ("f",), "granian"),
        ("/opt/lib/libpython3.11.so.1.0", ("_PyEval_EvalFrameDefault",), "Python"),
        ("/opt/lib/libpython3.11.so.1.0", ("take_gil",), LOCK),
        ("/usr/lib/libsqlite3.so.0.8.6", ("sqlite3VdbeExec",), "SQLite"),
        (
            "/opt/venv/lib/python3.11/site-packages/psycopg_binary.libs/libpq-e9b5c9ac.so.5.18",
            ("f",),
            "psycopg and libpq",
        ),
        ("/opt/venv/lib/python3.11/site-packages/cryptography/_rust.abi3.so", ("ecp",), "cryptography (OpenSSL)"),
        ("/opt/venv/lib/python3.11/site-packages/_argon2_cffi_bindings/_ffi.abi3.so", ("fill",), "Argon2"),
        ("/opt/venv/lib/python3.11/site-packages/nodejs/bin/node", ("Builtins_Call",), "Node"),
        ("/usr/lib/postgresql/15/bin/postgres", ("ExecInitNode",), "PostgreSQL"),
        ("/usr/bin/redis-server", ("dictFind",), "Redis"),
        ("/lib/x86_64-linux-gnu/libc.so.6", ("malloc",), "libc: memory and time"),
        ("/somewhere/else.so", ("f",), OTHER),
    ],
)
def test_a_sample_belongs_to_what_its_innermost_frame_lies_in(
    library: str, symbols: tuple[str, ...], part: str
) -> None:
    # Mutation: an interpreter's path (…/python3.11/…) claims every library below it.
    assert part_of([Frame(symbol, library) for symbol in symbols]) == part


def test_the_parts_share_the_time_that_was_spent() -> None:
    assert microseconds(Counter({"Python": 3, "granian": 1}), 40.0) == {"granian": 10.0, "Python": 30.0}
