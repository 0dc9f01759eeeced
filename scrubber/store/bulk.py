"""Writing very many rows at once, by the quickest way each database has for that."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows whose values are as the database's driver takes them, in the order of ``columns``.

    No type of ours is applied: SQLAlchemy's own way of inserting costs several times the insertion itself.
    """
    if not rows:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    if connection.dialect.name == "postgresql":
        psycopg: Any = connection.connection
        with psycopg.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', list(rows))  # noqa: S608


def add_missing_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert the few rows whose key is not there yet; what is there stays. SQLite and PostgreSQL say it alike."""
    names = ", ".join(f'"{column}"' for column in columns)
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    marks = ", ".join([mark] * len(columns))
    told = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING'  # noqa: S608
    for row in rows:
        connection.exec_driver_sql(told, row)
