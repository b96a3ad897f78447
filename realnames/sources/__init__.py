"""One file, one register that verifies names. Still empty."""
