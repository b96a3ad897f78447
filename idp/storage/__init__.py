"""SQL and ephemeral stores: the only importer of SQLAlchemy and redis."""
