"""The one outbound fetcher: every address the server calls for someone else's sake is called from here (threat N01).

A URL is read by one strict grammar (`url`), its host is resolved once and every answer is checked (`addresses`), the
connection goes to a checked address and ends at one deadline (`exchange`), and all failures look alike (`outcome`).
"""

from idp.fetch.addresses import Resolver
from idp.fetch.fetcher import Fetcher
from idp.fetch.outcome import Fetched, FetchRefused

__all__ = ["FetchRefused", "Fetched", "Fetcher", "Resolver"]
