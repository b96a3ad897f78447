"""Ground floor, pure: text in, a value or a refusal with its reason out."""
