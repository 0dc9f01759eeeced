from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import delete, update

from scrubber.store.audit import START, Broken, acts, record, tenants_in, verify
from scrubber.store.database import reading, writing
from scrubber.store.tables import AUDIT

START_AT = datetime(2026, 3, 10, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def noted(database: Database) -> Database:
    with writing(database) as connection:
        for number in range(5):
            at = START_AT + timedelta(minutes=number)
            record(connection, at, "one", "key first", "submitted", f"batch {number}")
        record(connection, START_AT, "two", "key other", "submitted", "batch 9")
    return database


def test_what_is_noted_can_be_checked(noted: Database) -> None:
    with reading(noted) as connection:
        assert tenants_in(connection) == ["one", "two"]
        told = list(acts(connection, "one"))
        assert [act.subject for act in told] == [f"batch {number}" for number in range(5)]
        assert verify(connection, "one") == (5, told[-1].digest)
        assert verify(connection, "nobody") == (0, START)
        assert [act.subject for act in acts(connection, "one", after=told[2].number)] == [
            "batch 3",
            "batch 4",
        ]


@pytest.mark.parametrize(
    "changed",
    [
        {"who": "key other"},
        {"did": "read"},
        {"subject": "batch 7"},
        {"at": START_AT},
        {"digest": bytes(32)},
    ],
)
def test_a_row_that_was_changed_shows(noted: Database, changed: dict[str, object]) -> None:
    with writing(noted) as connection:
        third = list(acts(connection, "one"))[2]
        connection.execute(update(AUDIT).where(AUDIT.c.number == third.number).values(**changed))
        with pytest.raises(Broken, match=f"row {third.number} of one"):
            verify(connection, "one")
        assert verify(connection, "two")[0] == 1


def test_a_row_that_was_taken_out_shows(noted: Database) -> None:
    with writing(noted) as connection:
        _, second, third, *_ = acts(connection, "one")
        connection.execute(delete(AUDIT).where(AUDIT.c.number == second.number))
        with pytest.raises(Broken, match=f"row {third.number} of one"):
            verify(connection, "one")


def test_rows_taken_off_the_end_show_by_a_digest_noted_elsewhere(noted: Database) -> None:
    with writing(noted) as connection:
        *_, last = acts(connection, "one")
        connection.execute(delete(AUDIT).where(AUDIT.c.number == last.number))
        assert verify(connection, "one")[1] != last.digest
