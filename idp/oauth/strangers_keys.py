"""Keys of nobody: what an assertion is verified with when there is no client, so that this takes as long (threat E01).

Whatever such a verification says, nobody is let in by it.
"""

import base64
from collections.abc import Mapping, Sequence

from joserfc.jwk import ECKey, OKPKey

from idp.jose import FOREIGN_ALGORITHMS, ForeignKey, read_foreign_keys

_MODULUS = base64.urlsafe_b64encode(b"\xff" * 256).rstrip(b"=").decode()
"""2048 bits are raised to a power just as well when they are no product of two primes."""

_KEYS = read_foreign_keys(
    {
        "keys": [
            ECKey.generate_key("P-256").as_dict(private=False),
            OKPKey.generate_key("Ed25519").as_dict(private=False),
            {"kty": "RSA", "n": _MODULUS, "e": "AQAB"},
        ]
    }
)

STRANGERS_KEYS: Mapping[str, Sequence[ForeignKey]] = {
    alg: [key for key in _KEYS if alg in key.algorithms] for alg in FOREIGN_ALGORITHMS
}
