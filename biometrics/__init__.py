"""One file, one biometric factor. Still empty."""
