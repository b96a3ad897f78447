"""One file, one register or authority that verifies people."""
