"""Evidence of who a person is, and the level it is worth. Still empty."""
