"""Where a link may lead back to after a detour: this site, and nowhere else."""

import re
from urllib.parse import urlencode

_LONGEST = 2000
# One leading slash only: browsers read `//host` and `/\host` as another site, and drop tabs and newlines before that.
_LOCAL_PATH = re.compile(r"/(?![/\\])[!-~]*")


def local_path(unverified: str) -> str:
    """The path itself when it lies on this site, else `/`.

    Visible ASCII only, at most 2000 characters: what a browser sends as the path and query of a request.
    """
    return unverified if len(unverified) <= _LONGEST and _LOCAL_PATH.fullmatch(unverified) else "/"


def way_back(here: str) -> str:
    """The parameter that leads back to `here`, as the addresses of this site write it."""
    return urlencode({"return": local_path(here)})


def display_url(leads_back: str, **choice: str) -> str:
    """The address that remembers a choice of `mode`, `theme` or `lang`, and leads back by what `way_back` says."""
    return f"/display?{urlencode(choice)}&{leads_back}"
