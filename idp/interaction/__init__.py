"""What the person must do next, decided purely, and what was done so far."""
