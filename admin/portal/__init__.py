"""The operations for department developers. Still empty."""
