"""The operations as a JSON API. Still empty."""
