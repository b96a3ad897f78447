"""The ephemeral store in Redis: one command or one script per verb, each on a single key (fit for Redis Cluster).

The server must not evict (`maxmemory-policy noeviction`): a proof that is forgotten early could be used twice.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from idp.entropy import random_token
from idp.errors import Unavailable

T = TypeVar("T")

_SECONDS = 1.0
"""How long a connection and an answer may take at most."""

_SWAP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""

_INCR = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""


class RedisEphemeral:
    """Implements `ports.Ephemeral`; every failure of Redis comes out as `Unavailable`."""

    def __init__(self, url: str, prefix: str = "yizheng:") -> None:
        """Take the address (`redis://` or `rediss://`) and what all keys begin with; connects at the first use."""
        # No automatic retry: after a lost answer nobody knows whether a `take` took.
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=30,
        )
        self._prefix = prefix.encode()
        self._swap: Callable[..., Any] = self._redis.register_script(_SWAP)
        self._incr: Callable[..., Any] = self._redis.register_script(_INCR)

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Write, replacing."""
        _run(lambda: self._redis.set(self._key(key), value, ex=max(seconds, 1)))

    def get(self, key: str) -> bytes | None:
        """Read."""
        return _bytes_or_none(_run(lambda: self._redis.get(self._key(key))))

    def take(self, key: str) -> bytes | None:
        """Read and delete; of many takers one gets it."""
        return _bytes_or_none(_run(lambda: self._redis.getdel(self._key(key))))

    def add(self, key: str, value: bytes, seconds: int) -> bool:
        """Write only if absent."""
        return bool(_run(lambda: self._redis.set(self._key(key), value, ex=max(seconds, 1), nx=True)))

    def swap(self, key: str, old: bytes, new: bytes, seconds: int) -> bool:
        """Replace only if it still is `old`."""
        return bool(_run(lambda: self._swap(keys=[self._key(key)], args=[old, new, max(seconds, 1)])))

    def incr(self, key: str, seconds: int) -> int:
        """Add one to a counter; the first call starts its life."""
        return int(_run(lambda: self._incr(keys=[self._key(key)], args=[max(seconds, 1)])))

    def generation(self) -> str:
        """A value that changes when the store was lost.

        A value of our own tells of a flush; the server's run_id tells of a restart or failover, which may have lost
        the last writes without losing everything.
        """
        own = self._prefix + b"\xff generation"  # no key of ours collides: UTF-8 has no such byte
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(own, random_token(16), nx=True)
        pipeline.get(own)
        pipeline.info("server")
        _, value, server = _run(pipeline.execute)
        return f"{value.decode()}.{server['run_id']}"

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _key(self, key: str) -> bytes:
        return self._prefix + key.encode("utf-8", "surrogatepass")


def _bytes_or_none(reply: object) -> bytes | None:
    return reply if isinstance(reply, bytes) else None


def _run(command: Callable[[], T]) -> T:
    try:
        return command()
    except redis.RedisError as error:
        raise Unavailable(
            "The service cannot answer at this moment. Please try again shortly.",
            detail=f"redis: {type(error).__name__}",
        ) from None
