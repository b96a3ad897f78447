"""A process that has served for a day: every page of the city was read once, by the very connection that is measured.

Else what is measured in a large city is mostly the first touch of each page, which a small city has long behind it.
"""

from idp.app import Installation

_BLOCKS = 16_384
"""Read at once, 128 MB: a relation of a large city would take longer than a connection of the product waits for."""
_RELATIONS = """
SELECT relname, pg_relation_size(oid) / current_setting('block_size')::int FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace
AND relname NOT IN ('events', 'pk_events') ORDER BY relname
"""


def warm(installation: Installation) -> None:
    """Read what is looked up into the database's cache, and into the serving process's view of it."""
    connection = installation.storage._database.held().connection
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA quick_check").all()
        return
    connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
    connection.exec_driver_sql("SET statement_timeout = 0")
    for name, blocks in connection.exec_driver_sql(_RELATIONS).all():
        for first in range(0, blocks, _BLOCKS):
            last = min(first + _BLOCKS, blocks) - 1
            connection.exec_driver_sql(f"SELECT pg_prewarm('{name}', 'buffer', 'main', {first}, {last})").all()
    connection.exec_driver_sql("RESET statement_timeout")
