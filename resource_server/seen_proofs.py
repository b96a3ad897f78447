"""Which proofs were used, remembered by one process: enough where there is one, and never where there are several."""

import threading
import time
from collections import OrderedDict

MOST = 100_000
"""Names that are kept; whoever fills them faster than they are forgotten has to wait."""


class SeenProofs:
    """What `AccessTokenVerifier` asks, in memory."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, name: str, seconds: int) -> bool:
        """Whether this name comes for the first time within so many seconds."""
        now = time.monotonic()
        with self._lock:
            while self._until and next(iter(self._until.values())) <= now:
                self._until.popitem(last=False)
            if name in self._until or len(self._until) >= MOST:
                return False
            self._until[name] = now + seconds
            return True
