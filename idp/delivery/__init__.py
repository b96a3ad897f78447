"""The outbox worker: what was promised inside a transaction leaves the house here."""
