"""Sealing, verifying and exporting the event log. Still empty."""
