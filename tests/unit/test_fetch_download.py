"""A file comes whole or not at all, whatever the server, the network and the disk do."""

import errno
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import requests_mock
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from scrubber.importers.fetch import FetchFailed
from scrubber.importers.fetch.download import fetch_file
from scrubber.importers.fetch.web import ATTEMPTS
from scrubber.importers.official_files import digest_of
from tests.unit.fetch_server import TARGET, URL, Server, web, zipped

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WHOLE = zipped("row\n" * 2000)


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()} - {"table.zip.lock"}


def test_a_file_comes_whole_and_its_origin_is_kept(
    tmp_path: Path, requests_mock: requests_mock.Mocker
) -> None:
    server = Server(WHOLE, modified="Wed, 30 Sep 2026 10:00:00 GMT").serve(requests_mock)
    got = fetch_file(web(), TARGET, tmp_path / "new", NOW)
    assert got.changed
    assert got.path.read_bytes() == WHOLE
    assert got.sha256 == digest_of(got.path)
    assert msgspec.json.decode((tmp_path / "new" / "table.zip.json").read_bytes()) == {
        "url": URL,
        "etag": '"1"',
        "modified": "Wed, 30 Sep 2026 10:00:00 GMT",
        "sha256": got.sha256,
        "fetched": "2026-11-22T12:00:00Z",
    }
    assert names(tmp_path / "new") == {"table.zip", "table.zip.json"}
    assert server.asked[0].headers["Accept-Encoding"] == "identity"
    assert "Range" not in server.asked[0].headers


@pytest.mark.parametrize("tells", ["etag", "modified"])
def test_a_file_that_has_not_changed_is_not_fetched_again(
    tmp_path: Path, requests_mock: requests_mock.Mocker, tells: str
) -> None:
    server = Server(WHOLE, etag=None).serve(requests_mock)
    setattr(server, tells, '"1"')
    first = fetch_file(web(), TARGET, tmp_path, NOW)
    before = first.path.stat().st_mtime_ns
    again = fetch_file(web(), TARGET, tmp_path, NOW)
    assert (again.changed, again.sha256, again.path.stat().st_mtime_ns) == (False, first.sha256, before)
    assert server.asked[1].headers.keys() & {"If-None-Match", "If-Modified-Since"}


def test_a_server_without_validators_sends_it_again_and_nothing_has_changed(
    tmp_path: Path, requests_mock: requests_mock.Mocker
) -> None:
    Server(WHOLE, etag=None, tells_length=False).serve(requests_mock)
    assert fetch_file(web(), TARGET, tmp_path, NOW).changed
    assert not fetch_file(web(), TARGET, tmp_path, NOW).changed


@pytest.mark.parametrize("harm", ["touched", "origin damaged", "origin gone", "gone"])
def test_a_file_that_was_touched_is_fetched_whole(
    tmp_path: Path, requests_mock: requests_mock.Mocker, harm: str
) -> None:
    server = Server(WHOLE).serve(requests_mock)
    path, origin = fetch_file(web(), TARGET, tmp_path, NOW).path, tmp_path / "table.zip.json"
    match harm:
        case "touched":
            path.write_bytes(WHOLE[:-1])
        case "origin damaged":
            origin.write_bytes(b"{")
        case "origin gone":
            origin.unlink()
        case _:
            path.unlink()
    assert fetch_file(web(), TARGET, tmp_path, NOW).path.read_bytes() == WHOLE
    assert "If-None-Match" not in server.asked[1].headers


def test_a_revised_file_takes_the_place_of_the_old(
    tmp_path: Path, requests_mock: requests_mock.Mocker
) -> None:
    Server(WHOLE).serve(requests_mock)
    first = fetch_file(web(), TARGET, tmp_path, NOW)
    Server(zipped("other\n" * 50), etag='"2"').serve(requests_mock)
    revised = fetch_file(web(), TARGET, tmp_path, NOW)
    assert revised.changed
    assert revised.sha256 != first.sha256


def test_a_cut_download_goes_on_where_it_stopped(tmp_path: Path, requests_mock: requests_mock.Mocker) -> None:
    waited: list[float] = []
    told: list[str] = []
    server = Server(WHOLE, cuts=[1000, 500]).serve(requests_mock)
    assert fetch_file(web(waited, told), TARGET, tmp_path, NOW).path.read_bytes() == WHOLE
    assert [request.headers.get("Range") for request in server.asked] == [None, "bytes=1000-", "bytes=1500-"]
    assert [request.headers.get("If-Range") for request in server.asked] == [None, '"1"', '"1"']
    assert waited == [2.0, 4.0]
    assert [text.split()[0] for text in told] == ["fetching", "waiting", "fetching", "waiting", "fetching"]
    assert names(tmp_path) == {"table.zip", "table.zip.json"}


def test_the_next_run_goes_on_too(tmp_path: Path, requests_mock: requests_mock.Mocker) -> None:
    server = Server(WHOLE, cuts=[200] * ATTEMPTS).serve(requests_mock)
    with pytest.raises(FetchFailed, match=f"{ATTEMPTS} times: run this again later, it goes on"):
        fetch_file(web(), TARGET, tmp_path, NOW)
    assert names(tmp_path) == {"table.zip.part", "table.zip.part.json"}
    assert (tmp_path / "table.zip.part").read_bytes() == WHOLE[: 200 * ATTEMPTS]
    assert fetch_file(web(), TARGET, tmp_path, NOW).path.read_bytes() == WHOLE
    assert server.asked[-1].headers["Range"] == f"bytes={200 * ATTEMPTS}-"


@given(
    text=st.text("abc\n", min_size=100, max_size=3000),
    cuts=st.lists(st.integers(0, 2000), max_size=ATTEMPTS - 1),
    ranges=st.booleans(),
    validator=st.sampled_from(['"1"', 'W/"1"', None]),
)
@hypothesis_settings(max_examples=60)
def test_however_it_is_cut_the_file_is_identical(
    text: str, cuts: list[int], ranges: bool, validator: str | None
) -> None:
    whole = zipped(text)
    with requests_mock.Mocker() as mocker, tempfile.TemporaryDirectory() as directory:
        Server(whole, etag=validator, takes_ranges=ranges, cuts=cuts).serve(mocker)
        assert fetch_file(web(), TARGET, Path(directory), NOW).path.read_bytes() == whole


@given(cuts=st.lists(st.integers(1, 3000), min_size=1, max_size=ATTEMPTS - 1), honest=st.booleans())
@hypothesis_settings(max_examples=40)
def test_a_file_that_changes_between_two_parts_is_never_mixed(cuts: list[int], honest: bool) -> None:
    """An honest server sees by If-Range that the part is of another file; one that is not tells another ETag."""
    old, new = zipped("old\n" * 1000), zipped("new\n" * 1000)
    with requests_mock.Mocker() as mocker, tempfile.TemporaryDirectory() as directory:
        server = Server(old, cuts=list(cuts)).serve(mocker)

        def changing(request: Any, context: Any) -> bytes:
            if server.asked:
                server.content, server.etag = new, '"2"'
                if not honest and "If-Range" in request.headers:
                    request.headers["If-Range"] = '"2"'
            return server._answer(request, context)

        mocker.get(URL, content=changing)
        waiting = web()
        assert fetch_file(waiting, TARGET, Path(directory), NOW).path.read_bytes() == new


def test_a_server_that_ignores_ranges_sends_it_whole(
    tmp_path: Path, requests_mock: requests_mock.Mocker
) -> None:
    server = Server(WHOLE, cuts=[1000], takes_ranges=False).serve(requests_mock)
    assert fetch_file(web(), TARGET, tmp_path, NOW).path.read_bytes() == WHOLE
    assert "Range" in server.asked[1].headers


@pytest.mark.parametrize("beside", [None, b'{"url":"https://other.example/","validator":"\\"1\\""}', b"["])
def test_a_part_of_unknown_origin_is_not_gone_on_with(
    tmp_path: Path, requests_mock: requests_mock.Mocker, beside: bytes | None
) -> None:
    (tmp_path / "table.zip.part").write_bytes(b"something else")
    if beside is not None:
        (tmp_path / "table.zip.part.json").write_bytes(beside)
    server = Server(WHOLE).serve(requests_mock)
    assert fetch_file(web(), TARGET, tmp_path, NOW).path.read_bytes() == WHOLE
    assert "Range" not in server.asked[0].headers


def test_a_weak_validator_is_none_for_parts(tmp_path: Path, requests_mock: requests_mock.Mocker) -> None:
    server = Server(WHOLE, etag='W/"1"', cuts=[1000]).serve(requests_mock)
    assert fetch_file(web(), TARGET, tmp_path, NOW).path.read_bytes() == WHOLE
    assert "Range" not in server.asked[1].headers
    assert not fetch_file(web(), TARGET, tmp_path, NOW).changed
    assert server.asked[2].headers["If-None-Match"] == 'W/"1"'


def test_a_size_that_is_told_is_judged_before_anything_is_read(
    tmp_path: Path, requests_mock: requests_mock.Mocker
) -> None:
    told: list[str] = []
    Server(b"PK" * 60_000).serve(requests_mock)
    with pytest.raises(FetchFailed, match="larger than the 100,000 bytes"):
        fetch_file(web(told=told), TARGET, tmp_path, NOW)
    assert told == []


def test_416_starts_anew(tmp_path: Path, requests_mock: requests_mock.Mocker) -> None:
    (tmp_path / "table.zip.part").write_bytes(WHOLE + b"too much")
    (tmp_path / "table.zip.part.json").write_bytes(msgspec.json.encode({"url": URL, "validator": '"1"'}))
    waited: list[float] = []
    server = Server(WHOLE).serve(requests_mock)
    assert fetch_file(web(waited), TARGET, tmp_path, NOW).path.read_bytes() == WHOLE
    assert [request.headers.get("Range") for request in server.asked] == [f"bytes={len(WHOLE) + 8}-", None]
    assert waited == [0]


@pytest.mark.parametrize("told", ["bytes 5-9/10", "bytes */10", "", "lines 1-2/3"])
def test_a_range_that_does_not_fit_starts_anew(
    tmp_path: Path, requests_mock: requests_mock.Mocker, told: str
) -> None:
    def wrong(request: Any, context: Any) -> bytes:
        context.status_code = 206
        context.headers |= {"Content-Range": told, "ETag": '"1"'}
        return b"wrong"

    server = Server(WHOLE, cuts=[1000])

    def answer(request: Any, context: Any) -> bytes:
        return wrong(request, context) if "Range" in request.headers else server._answer(request, context)

    requests_mock.get(URL, content=answer)
    assert fetch_file(web(), TARGET, tmp_path, NOW).path.read_bytes() == WHOLE


def test_a_server_that_says_unchanged_to_a_first_request(
    tmp_path: Path, requests_mock: requests_mock.Mocker
) -> None:
    requests_mock.get(URL, status_code=304)
    with pytest.raises(FetchFailed, match="does not go on where the file stopped, 5 times"):
        fetch_file(web(), TARGET, tmp_path, NOW)


REFUSED = {
    "web page": (Server(b"<html>agree?</html>" * 20, content_type="text/html; charset=UTF-8"), "a web page instead"),
    "page called a zip": (Server(b"<!DOCTYPE html>" * 20), "damaged or not the zip"),
    "damaged": (Server(WHOLE[:-30]), "damaged or not the zip"),
    "another file": (Server(zipped("row\n" * 100, "hospital.txt")), "damaged or not the zip"),
    "too large, not told": (Server(b"PK" * 60_000, tells_length=False), "larger than the 100,000 bytes"),
    "too small": (Server(b"PK"), "has 2 bytes where at least 100"),
    "empty": (Server(b""), "has 0 bytes where at least 100"),
}  # fmt: skip


@pytest.mark.parametrize("which", REFUSED)
def test_what_is_not_the_file_is_refused_and_the_old_one_stays(
    tmp_path: Path, requests_mock: requests_mock.Mocker, which: str
) -> None:
    server, says = REFUSED[which]
    Server(WHOLE, etag='"old"').serve(requests_mock)
    fetch_file(web(), TARGET, tmp_path, NOW)
    before = (tmp_path / "table.zip.json").read_bytes()
    server.serve(requests_mock)
    with pytest.raises(FetchFailed, match=says) as refused:
        fetch_file(web(), TARGET, tmp_path, NOW)
    assert "\n" not in str(refused.value)
    assert (tmp_path / "table.zip").read_bytes() == WHOLE
    assert (tmp_path / "table.zip.json").read_bytes() == before
    assert names(tmp_path) == {"table.zip", "table.zip.json"}


def test_a_packed_answer_is_refused(tmp_path: Path, requests_mock: requests_mock.Mocker) -> None:
    headers = {"Content-Type": "application/zip", "Content-Encoding": "gzip"}
    requests_mock.get(URL, content=b"x", headers=headers)
    with pytest.raises(FetchFailed, match="packed in a way that was not asked for"):
        fetch_file(web(), TARGET, tmp_path, NOW)


@pytest.mark.parametrize(
    "fault",
    [
        requests.ConnectionError("reset"),
        requests.ReadTimeout("slow"),
        requests.exceptions.ChunkedEncodingError("cut"),
    ],
)
def test_a_fault_while_the_body_is_read(
    tmp_path: Path, requests_mock: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    server = Server(WHOLE).serve(requests_mock)
    whole = requests.Response.iter_content

    def broken(response: requests.Response, size: int) -> Any:
        if len(server.asked) > 1:
            yield from whole(response, size)
            return
        yield WHOLE[:700]
        raise fault

    monkeypatch.setattr(requests.Response, "iter_content", broken)
    assert fetch_file(web(), TARGET, tmp_path, NOW).path.read_bytes() == WHOLE
    assert server.asked[1].headers["Range"] == "bytes=700-"


@pytest.mark.parametrize(
    "where", ["scrubber.importers.fetch.download._take", "os.fsync", "pathlib.Path.replace"]
)
def test_a_full_disk_leaves_the_old_file_and_what_has_come(
    tmp_path: Path, requests_mock: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    Server(WHOLE).serve(requests_mock)
    fetch_file(web(), TARGET, tmp_path, NOW)
    new = zipped("new\n" * 3000)
    Server(new, etag='"2"').serve(requests_mock)

    def fails(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(where, fails)
        with pytest.raises(FetchFailed, match=r"table\.zip can't be written: No space left on device"):
            fetch_file(web(), TARGET, tmp_path, NOW)
    assert (tmp_path / "table.zip").read_bytes() == WHOLE
    assert fetch_file(web(), TARGET, tmp_path, NOW).path.read_bytes() == new


def test_a_directory_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchFailed, match="can't be written: Not a directory"):
        fetch_file(web(), TARGET, tmp_path / "file" / "below", NOW)


def test_two_at_a_time(tmp_path: Path, requests_mock: requests_mock.Mocker) -> None:
    server = Server(WHOLE)

    def meanwhile(request: Any, context: Any) -> bytes:
        with pytest.raises(FetchFailed, match=r"table\.zip is being fetched already"):
            fetch_file(web(), TARGET, tmp_path, NOW)
        return server._answer(request, context)

    requests_mock.get(URL, content=meanwhile)
    assert fetch_file(web(), TARGET, tmp_path, NOW).changed
