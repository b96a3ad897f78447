"""Old protocols, each a relying app of our own authorization endpoint. Still empty."""
