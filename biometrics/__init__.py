"""One file, one biometric factor."""
