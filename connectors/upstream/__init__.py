"""One file, one identity source above us. Still empty."""
