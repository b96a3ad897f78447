"""The identity provider: one person, one number, one login."""

VERSION = "0.9.0"
"""The same as in pyproject.toml (a test compares them); the product runs from its tree, so no metadata tells it."""
