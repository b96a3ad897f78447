"""One frozen tree of settings: a TOML file, then `IDP_*` of the environment (`*_FILE` for secrets), checked once.

`__` nests: `IDP_SERVER__PORT=8000`. `IDP_SECRETS__KEYS_FILE=/run/keys` reads the value from a file. Unknown keys are
faults, and all faults are told at once. Extensions bring their own sections (`compose`).
"""

from idp.settings.loading import CONFIG_VARIABLE, SettingsFault, load
from idp.settings.tree import CITY_OF_THE_DEMO, City, Policy, Settings, compose, is_loopback

__all__ = [
    "CITY_OF_THE_DEMO",
    "CONFIG_VARIABLE",
    "City",
    "Policy",
    "Settings",
    "SettingsFault",
    "compose",
    "is_loopback",
    "load",
]
