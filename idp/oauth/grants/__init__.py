"""One file, one way a client obtains tokens."""
