"""A database that many tests use one after another: as empty and as uncounted before each as a new one."""

from sqlalchemy import Connection, text

from storage.models import METADATA
from storage.store import Store

TABLES = [table.name for table in reversed(METADATA.sorted_tables)]  # who refers to others goes first
USED = text(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in TABLES))
LARGE = text(
    "SELECT relname FROM pg_class WHERE relname = ANY(:names) AND relkind = 'r' AND pg_relation_size(oid) > :size"
)
TRIGGERS = text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
LARGE_BYTES = 1 << 20


def empty(store: Store) -> None:
    """A unit. Only what has rows is emptied: most tests write to a dozen tables of many."""
    connection = store.connection
    used = list(connection.execute(USED).scalars())
    if connection.dialect.name == "postgresql":
        _empty_postgres(connection, used)
    else:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        triggers = [row for row in connection.execute(TRIGGERS) if row.tbl_name in used]
        for row in triggers:  # a table that refuses to forget is emptied without asking it
            connection.execute(text(f'DROP TRIGGER "{row.name}"'))
        _delete(connection, [*used, "sqlite_sequence"])  # the last is where SQLite keeps the numbers it gave
        for row in triggers:
            connection.exec_driver_sql(row.sql)


def _empty_postgres(connection: Connection, used: list[str]) -> None:
    # TRUNCATE makes a new file for the table and each of its indexes; the handful of rows of a test is deleted in a
    # tenth of that time. What was deleted takes room until it is vacuumed, so a table that grew is begun anew.
    connection.execute(text("SET LOCAL session_replication_role = replica"))  # foreign keys look away
    _delete(connection, used)
    for name in connection.execute(LARGE, {"names": TABLES, "size": LARGE_BYTES}).scalars().all():
        connection.execute(text(f'TRUNCATE "{name}" CASCADE'))
    # A number once given stays given, also by a unit that was undone and left no row: count from one again.
    connection.execute(text("SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"))


def _delete(connection: Connection, names: list[str]) -> None:
    for name in names:
        connection.execute(text(f'DELETE FROM "{name}"'))
