"""Each administrative operation, once. Still empty."""
