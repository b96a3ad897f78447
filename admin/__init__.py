"""For operators: operations once, three faces."""
