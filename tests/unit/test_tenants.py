"""Every row has its tenant, and so has every statement."""

from importlib import import_module

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy.exc import IntegrityError

from scrubber.store.bulk import add_missing_rows
from scrubber.store.database import writing
from scrubber.store.results import UNEVALUATED_COLUMNS
from scrubber.store.tables import METADATA, UNEVALUATED
from tests.tenants import FOR_ALL_TENANTS, names_the_tenant
from tests.unit.test_store import running


def test_every_table_has_tenants() -> None:
    without = {table.name for table in METADATA.sorted_tables if "tenant" not in table.c}
    assert without == {"secrets"}
    assert not any(table.c.tenant.nullable for table in METADATA.sorted_tables if "tenant" in table.c)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("SELECT claims.tenant FROM claims WHERE claims.batch = ?", False),
        ("SELECT claims.tenant FROM claims WHERE claims.tenant = ?", True),
        ("SELECT 1 FROM claims WHERE claims.tenant = %(tenant_1)s::VARCHAR", True),
        ("SELECT 1 FROM claims AS own, batches \nWHERE own.tenant = ?", False),
        ("SELECT 1 FROM claims AS own, batches \nWHERE own.tenant = ? AND batches.tenant = own.tenant", True),
        (
            "SELECT 1 FROM claims JOIN batches ON batches.number = claims.batch WHERE batches.tenant = ?",
            False,
        ),
        ("SELECT 1 FROM claims AS a JOIN claims AS b ON b.tenant = a.tenant", False),
        ("UPDATE batches SET state=?, chunks=?, tenant=? WHERE batches.number = ?", False),
        ("UPDATE batches SET state=?, chunks=? WHERE batches.tenant = ? AND batches.number = ?", True),
        ("DELETE FROM batches WHERE batches.number = ?", False),
        ("INSERT INTO chunks (batch, chunk) VALUES (?, ?)", False),
        ('INSERT INTO "chunks" ("tenant", "batch") VALUES (?, ?)', True),
        ("SELECT secrets.secret FROM secrets", True),
    ],
)
def test_a_statement_names_the_tenant_of_each_table(statement: str, named: bool) -> None:
    assert names_the_tenant(statement) is named


def test_what_is_for_all_tenants_is_there() -> None:
    for name in FOR_ALL_TENANTS:
        module, _, function = name.partition(".")
        assert callable(getattr(import_module(f"scrubber.store.{module}"), function))


def test_no_row_hangs_on_a_batch_of_another_tenant(database: Database) -> None:
    number = running(database).number
    with pytest.raises(IntegrityError), writing(database) as connection:
        add_missing_rows(connection, UNEVALUATED, UNEVALUATED_COLUMNS, [("another", number, b"d", "[]")])
