"""Keys are made, rotated and revoked; the command line tells each once."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine as Database
from sqlalchemy import select

from scrubber.cli.keys import keys
from scrubber.store.audit import acts
from scrubber.store.database import reading, writing
from scrubber.store.keys import (
    KeyUnknown,
    NameTaken,
    all_keys,
    create_key,
    digest_of,
    has_keys,
    note_use,
    revoke_key,
    rotate_key,
)
from scrubber.store.tables import KEYS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KEY = re.compile(r"scrubber_[0-9a-f]{12}_[0-9a-f]{64}")


def made(database: Database, name: str = "k", tenant: str = "a", ends: datetime | None = None) -> str:
    with writing(database) as connection:
        return create_key(
            connection,
            NOW,
            tenant=tenant,
            name=name,
            scopes=frozenset({"scrub"}),
            expires_at=ends,
            who="test",
        )


def holding(database: Database, now: datetime) -> set[bytes]:
    with reading(database) as connection:
        return {key.digest for key in all_keys(connection) if key.holds(now)}


def test_a_key_is_kept_as_a_digest_and_its_name_is_a_tenants_own(database: Database) -> None:
    with reading(database) as connection:
        assert not has_keys(connection)
    text, other = made(database), made(database, tenant="b")
    assert KEY.fullmatch(text)
    with pytest.raises(NameTaken, match="a has a key k already"):
        made(database)
    with reading(database) as connection:
        assert has_keys(connection)
        assert [key.tenant for key in all_keys(connection)] == ["a", "b"]
        assert [key.digest for key in all_keys(connection, "b")] == [digest_of(other)]
        assert text[22:] not in str(connection.execute(select(KEYS)).all())


def test_a_rotated_key_holds_for_the_time_of_grace(database: Database) -> None:
    old = made(database, ends=NOW + 10 * DAY)
    with writing(database) as connection:
        new = rotate_key(connection, NOW, tenant="a", name="k", grace=DAY, who="test")
    assert holding(database, NOW) == {digest_of(old), digest_of(new)}
    assert holding(database, NOW + DAY) == {digest_of(new)}
    assert holding(database, NOW + 10 * DAY) == set(), "the end that was set stays"
    # Again: the grace of the first one is not made longer.
    with writing(database) as connection:
        newest = rotate_key(connection, NOW + HOUR, tenant="a", name="k", grace=DAY, who="test")
    assert holding(database, NOW + DAY) == {digest_of(new), digest_of(newest)}
    with writing(database) as connection:
        assert revoke_key(connection, NOW + HOUR, tenant="a", name="k", who="test") == 3
    assert holding(database, NOW) == set()
    with writing(database) as connection, pytest.raises(KeyUnknown, match="a has no key k that holds"):
        rotate_key(connection, NOW + DAY, tenant="a", name="k", grace=DAY, who="test")
    with writing(database) as connection, pytest.raises(KeyUnknown, match="a has no key k that holds"):
        revoke_key(connection, NOW + DAY, tenant="a", name="k", who="test")
    made(database)
    with reading(database) as connection:
        told = [(act.did, act.subject, act.who) for act in acts(connection, "a")]
    assert told == [
        (did, "k", "test")
        for did in ("created key", "rotated key", "rotated key", "revoked key", "created key")
    ]


def test_its_last_use_is_written_once_a_minute(database: Database) -> None:
    key_id = made(database)[9:21]

    def used(at: datetime) -> datetime | None:
        with writing(database) as connection:
            note_use(connection, at, key_id)
            return all_keys(connection)[0].used_at

    assert used(NOW) == NOW
    assert used(NOW + timedelta(seconds=59)) == NOW
    assert used(NOW + timedelta(seconds=61)) == NOW + timedelta(seconds=61)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("SCRUBBER_DATA_DIR", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(keys, arguments)


def test_the_commands(run) -> None:  # type: ignore[no-untyped-def]
    def ok(*arguments: str) -> str:
        result: Result = run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert ok("list") == ""
    first = ok(
        "create", "--name", "front-desk", "--scopes", "scrub, batch", "--expires", "2099-12-31"
    ).strip()
    assert KEY.fullmatch(first)
    second = ok("rotate", "--name", "front-desk", "--grace-hours", "0").strip()
    assert KEY.fullmatch(second)
    assert second != first
    ok("create", "--name", "front-desk", "--tenant", "other", "--scopes", "report")
    listed = ok("list")
    assert "expired" in listed
    assert (
        "default  front-desk  " + second[9:21] + "  holds until 2100-01-01T00:00Z  batch,scrub  made"
        in listed
    )
    assert "never used" in listed
    assert first[22:] not in listed
    assert second[22:] not in listed
    assert len(ok("list", "--tenant", "other").splitlines()) == 1
    assert ok("revoke", "--name", "front-desk") == "1 key revoked\n"
    assert "revoked" in ok("list", "--tenant", "default")
    for wrong in (
        ("create", "--name", "a b", "--scopes", "scrub"),
        ("create", "--name", "x" * 65, "--scopes", "scrub"),
        ("create", "--name", "x", "--scopes", "scrub,all"),
        ("create", "--name", "x", "--scopes", ""),
        ("create", "--name", "x", "--scopes", "scrub", "--expires", "2020-01-01"),
    ):
        assert run(*wrong).exit_code != 0, wrong
    assert isinstance(run("revoke", "--name", "front-desk").exception, KeyUnknown)
