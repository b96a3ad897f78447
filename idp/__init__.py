"""The identity provider: one person, one number, one login."""
