"""Real names: what identifiers mean, and who can vouch for them."""
