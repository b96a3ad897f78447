"""One file or folder, one channel."""
