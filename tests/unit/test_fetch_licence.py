"""A licence is asked for once, and what was accepted is on record."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import requests_mock as mocking

from scrubber import __version__
from scrubber.importers.fetch import FetchFailed
from scrubber.importers.fetch.addresses import Licence
from scrubber.importers.fetch.licence import accept, acceptances, accepted, licence_lines
from tests.unit.fetch_server import web

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOTICE = "https://pages.example/notice"
LICENCE = Licence(name="a licence", notice=NOTICE, parameter="file", accept={"agree": "yes"})
PAGE = {"Content-Type": "text/html"}


def test_an_acceptance_is_kept_with_who_when_and_which_notice(
    tmp_path: Path, requests_mock: mocking.Mocker
) -> None:
    requests_mock.get(NOTICE, text="<h1>Read  this</h1><script>x</script>", headers=PAGE)
    data = tmp_path / "not" / "yet"
    assert acceptances(data) == {}
    assert not accepted(data, "ama", LICENCE)
    accept(web(), data, "ama", LICENCE, "kim", NOW)
    assert accepted(data, "ama", LICENCE)
    kept = msgspec.json.decode((data / "licences.json").read_bytes())
    assert kept == {
        "ama": {
            "by": "kim",
            "at": "2026-11-22T12:00:00Z",
            "notice": NOTICE,
            "sha256": sha256(b"Read this").hexdigest(),
            "version": __version__,
        }
    }
    assert list(licence_lines(data)) == [
        f"ama accepted by kim, 2026-11-22 12:00 UTC: {NOTICE} (sha256 {kept['ama']['sha256'][:12]})"
    ]


def test_another_notice_is_accepted_anew_and_the_others_stay(
    tmp_path: Path, requests_mock: mocking.Mocker
) -> None:
    other = msgspec.structs.replace(LICENCE, notice="https://pages.example/other")
    for notice in (NOTICE, other.notice):
        requests_mock.get(notice, text="text", headers=PAGE)
    accept(web(), tmp_path, "ama", LICENCE, "kim", NOW)
    accept(web(), tmp_path, "ada", LICENCE, "kim", NOW)
    assert not accepted(tmp_path, "ama", other)
    accept(web(), tmp_path, "ama", other, "lee", NOW)
    assert accepted(tmp_path, "ama", other)
    assert accepted(tmp_path, "ada", LICENCE)


def test_a_notice_that_can_not_be_read_is_not_accepted(tmp_path: Path, requests_mock: mocking.Mocker) -> None:
    requests_mock.get(NOTICE, text="<script>x</script>", headers=PAGE)
    with pytest.raises(FetchFailed, match="shows no notice: nothing can be accepted"):
        accept(web(), tmp_path, "ama", LICENCE, "kim", NOW)
    requests_mock.get(NOTICE, status_code=404)
    with pytest.raises(FetchFailed, match="has no file /notice"):
        accept(web(), tmp_path, "ama", LICENCE, "kim", NOW)
    assert acceptances(tmp_path) == {}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"ama": {"by": "kim"}}'])
def test_a_damaged_record(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "licences.json").write_bytes(content)
    with pytest.raises(
        FetchFailed, match=r"licences\.json is damaged: delete it and accept the licence again"
    ):
        acceptances(tmp_path)
