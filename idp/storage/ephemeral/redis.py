"""The ephemeral store in Redis: one command or one script per verb, each on a single key (fit for Redis Cluster).

The server must not evict (`maxmemory-policy noeviction`): a proof that is forgotten early could be used twice.

Commands are sent on connections of redis-py by ourselves: its client looks up, retries and counts around each command,
which costs more than the command (docs/decisions/0017).
"""

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from idp.entropy import random_token
from idp.errors import Unavailable

_SECONDS = 1.0
"""How long a connection and an answer may take at most."""

_INCR = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""
_INCR_DIGEST = hashlib.sha1(_INCR.encode(), usedforsecurity=False).hexdigest()  # how EVALSHA names a script


class RedisEphemeral:
    """Implements `ports.Ephemeral`; every failure of Redis comes out as `Unavailable`."""

    def __init__(self, url: str, prefix: str = "yizheng:") -> None:
        """Take the address (`redis://` or `rediss://`) and what all keys begin with; connects at the first use."""
        # No automatic retry: after a lost answer nobody knows whether a `take` took.
        self._pool = redis.ConnectionPool.from_url(
            url,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._prefix = prefix.encode()
        self._process = os.getpid()
        self._free: list[Any] = []

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Write, replacing."""
        self._ask("SET", self._key(key), value, "EX", max(seconds, 1))

    def get(self, key: str) -> bytes | None:
        """Read."""
        return _bytes_or_none(self._ask("GET", self._key(key)))

    def take(self, key: str) -> bytes | None:
        """Read and delete; of many takers one gets it."""
        return _bytes_or_none(self._ask("GETDEL", self._key(key)))

    def add(self, key: str, value: bytes, seconds: int) -> bool:
        """Write only if absent."""
        return self._ask("SET", self._key(key), value, "NX", "EX", max(seconds, 1)) is not None

    def swap(self, key: str, new: bytes, seconds: int) -> bytes | None:
        """Put a value in the place of another, which it gives."""
        return _bytes_or_none(self._ask("SET", self._key(key), new, "XX", "GET", "EX", max(seconds, 1)))

    def incr(self, key: str, seconds: int) -> int:
        """Add one to a counter; the first call starts its life."""
        arguments = (1, self._key(key), max(seconds, 1))
        try:
            return int(self._ask("EVALSHA", _INCR_DIGEST, *arguments))
        except _NoScript:  # a new server, or one whose scripts were flushed
            return int(self._ask("EVAL", _INCR, *arguments))

    def generation(self) -> str:
        """A value that changes when the store was lost.

        A value of our own tells of a flush; the server's run_id tells of a restart or failover, which may have lost
        the last writes without losing everything.
        """
        own = self._prefix + b"\xff generation"  # no key of ours collides: UTF-8 has no such byte
        new = random_token(16)
        _, value, server = self._ask_all([("SET", own, new, "NX"), ("GET", own), ("INFO", "server")])
        lines = _text(server).splitlines()
        run_id = next(line.partition(":")[2] for line in lines if line.startswith("run_id:"))
        return f"{_text(value)}.{run_id}"

    def close(self) -> None:
        """Close the connections."""
        while self._free:
            self._free.pop().disconnect()

    def _key(self, key: str) -> bytes:
        return self._prefix + key.encode("utf-8", "surrogatepass")

    def _ask(self, *command: Any) -> Any:
        return self._ask_all([command])[0]

    def _ask_all(self, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """The answers of commands that are sent together; every failure comes out as `Unavailable`."""
        try:
            connection = self._borrow()
            try:
                connection.send_packed_command(connection.pack_commands(commands), check_health=False)
                answers = [connection.read_response() for _ in commands]
            except BaseException:
                connection.disconnect()  # an answer that comes later is not for whoever asks next
                raise
        except redis.exceptions.NoScriptError:
            raise _NoScript from None
        except redis.RedisError as error:
            raise Unavailable(
                "The service cannot answer at this moment. Please try again shortly.",
                detail=f"redis: {type(error).__name__}",
            ) from None
        self._free.append(connection)
        return answers

    def _borrow(self) -> Any:
        """A connection that is free and stands. They belong to no thread: nothing of ours may run when one ends."""
        if self._process != os.getpid():  # the parent's are the parent's
            self._process, self._inherited, self._free = os.getpid(), self._free, []
        connection = self._free.pop() if self._free else self._pool.make_connection()
        try:
            is_stale = connection.can_read()  # nobody asked: what comes is no answer
        except redis.RedisError:
            is_stale = True  # the server said goodbye
        if is_stale:
            connection.disconnect()
        connection.connect()
        return connection


class _NoScript(Exception):  # noqa: N818 - not an error: the script is sent along then
    """The server does not know a script by its digest."""


def _bytes_or_none(reply: object) -> bytes | None:
    return reply if isinstance(reply, bytes) else None


def _text(reply: bytes | str) -> str:
    return reply.decode() if isinstance(reply, bytes) else reply
