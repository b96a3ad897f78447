"""What Alembic runs for each command: on the connection, and in the transaction, that `migrations` opened for it."""

from alembic import context

from idp.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the transaction is ours, on SQLite as well
)
context.run_migrations()
