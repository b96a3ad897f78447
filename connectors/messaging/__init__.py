"""One file, one carrier of messages."""
