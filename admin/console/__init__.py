"""The operations as pages for the three officers. Still empty."""
