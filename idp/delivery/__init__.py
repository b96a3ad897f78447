"""The worker: what was promised inside a transaction leaves the house here, and what has ended leaves the database."""
