"""Six atomic verbs over values whose loss means "try again": in SQL (laptop), Redis (city), memory (tests).

Redeeming, revoking and counting guesses rest on SQL; nothing here revives what was used. Keys are any text; a life
shorter than a second counts as a second.
"""
