"""The nouns of the house: frozen dataclasses without I/O."""
