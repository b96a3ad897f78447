"""Signing keys: generate, rotate, sign."""
