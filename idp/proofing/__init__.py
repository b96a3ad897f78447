"""Evidence of who a person is, and the level it is worth: so far how often those who know may be asked."""
