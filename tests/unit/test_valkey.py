"""The Valkey of our own: what it keeps, who may reach it, and what is left behind where somebody was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from scrubber.batch import valkey as valkey_module
from scrubber.batch.valkey import Valkey, ValkeyUnusable, embedded_valkey, valkey_server
from tests.processes import is_gone
from tests.services import PATIENCE


@pytest.fixture(autouse=True)
def _a_server() -> None:
    try:
        valkey_server()
    except ValkeyUnusable as why:
        pytest.skip(str(why))


def client(url: str) -> Redis:
    return Redis.from_url(url, decode_responses=True, retry=Retry(NoBackoff(), 0))


@pytest.fixture
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("v")  # short, so that the socket has room beside the data


def test_what_it_held_is_there_after_an_orderly_end_and_after_a_kill(data_dir: Path) -> None:
    with embedded_valkey(data_dir) as valkey, client(valkey.url) as redis:
        redis.set("kept", "through a stop")
    assert is_gone(valkey.process.pid)
    assert not valkey.socket.exists()
    with embedded_valkey(data_dir) as valkey, client(valkey.url) as redis:
        assert redis.get("kept") == "through a stop"
        redis.set("kept", "through a kill")
        valkey.process.kill()
        valkey.process.wait()
        with pytest.raises(RedisConnectionError):
            redis.ping()
        assert valkey.socket.exists()
        valkey.start()
        assert redis.get("kept") == "through a kill"


def test_only_its_user_reaches_it_and_no_network_does(data_dir: Path) -> None:
    with embedded_valkey(data_dir) as valkey, client(valkey.url) as redis:
        assert valkey.directory.stat().st_mode & 0o777 == 0o700
        assert valkey.socket.stat().st_mode & 0o777 == 0o700
        settings = redis.config_get("port", "appendonly", "maxmemory-policy", "save")
        assert settings == {"port": "0", "appendonly": "yes", "maxmemory-policy": "noeviction", "save": ""}


def test_a_path_too_long_for_a_socket_or_of_any_letters_will_do(data_dir: Path) -> None:
    for name in ("l" * 150, "with blank, ü, % and ?x=1#"):
        with embedded_valkey(data_dir / name) as valkey, client(valkey.url) as redis:
            redis.set("place", name)
            assert len(os.fsencode(valkey.socket)) < 104
            assert valkey.socket.parent.stat().st_mode & 0o777 == 0o700
        assert not valkey.socket.exists()
        assert (data_dir / name / "valkey" / "appendonlydir").is_dir()
    assert valkey.socket.parent == data_dir / name / "valkey"


def test_a_data_directory_serves_one_service_at_a_time(data_dir: Path) -> None:
    with embedded_valkey(data_dir) as first:
        with pytest.raises(ValkeyUnusable) as refused, embedded_valkey(data_dir):
            pass
        assert str(refused.value) == (
            f"another service (process {os.getpid()}) uses the data directory {data_dir}; "
            "stop it, or name another in SCRUBBER_DATA_DIR"
        )
        assert first.answers()


LEAVE_IT_BEHIND = """
import os, pathlib, signal, sys
from scrubber.batch.valkey import embedded_valkey
from tests.services import PATIENCE
with embedded_valkey(pathlib.Path(sys.argv[1])) as valkey:
    print(valkey.process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_one_left_behind_by_a_killed_service_is_ended_by_the_next(data_dir: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", LEAVE_IT_BEHIND, data_dir], capture_output=True, check=False, timeout=PATIENCE
    )
    assert killed.returncode == -signal.SIGKILL
    orphan = int(killed.stdout)
    assert not is_gone(orphan)
    with embedded_valkey(data_dir) as valkey:
        assert is_gone(orphan)
        assert valkey.answers()


@pytest.mark.parametrize(
    "damaged", ["appendonly.aof.1.incr.aof", "appendonly.aof.1.base.rdb", "appendonly.aof.manifest"]
)
def test_damaged_files_are_one_line_that_says_what_to_do(data_dir: Path, damaged: str) -> None:
    with embedded_valkey(data_dir) as valkey, client(valkey.url) as redis:
        redis.set("lost", "x" * 100)
    files = valkey.directory / "appendonlydir"
    (files / damaged).write_bytes(b"no such thing\r\n" * 20)
    with (
        pytest.raises(ValkeyUnusable, match=r"^Valkey does not start, it says: ") as why,
        embedded_valkey(data_dir),
    ):
        pass
    assert f"move {files} away" in str(why.value)
    assert "\n" not in str(why.value)
    assert "it says: nothing" not in str(why.value)
    files.rename(data_dir / "away")
    with embedded_valkey(data_dir) as valkey:
        assert valkey.answers()


def test_a_last_command_cut_off_with_the_power_is_no_damage(data_dir: Path) -> None:
    with embedded_valkey(data_dir) as valkey, client(valkey.url) as redis:
        redis.set("kept", "1")
        redis.set("cut", "2")
    log = valkey.directory / "appendonlydir" / "appendonly.aof.1.incr.aof"
    log.write_bytes(log.read_bytes()[:-5])
    with embedded_valkey(data_dir) as valkey, client(valkey.url) as redis:
        assert redis.mget("kept", "cut") == ["1", None]


def test_one_that_does_not_answer_is_not_left_running(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey_module, "START_SECONDS", 0.2)
    monkeypatch.setattr(Valkey, "answers", lambda _valkey: False)
    with pytest.raises(ValkeyUnusable, match="does not answer after"), embedded_valkey(data_dir):
        pass
    assert is_gone(int((data_dir / "valkey" / "valkey.lock").read_text()))


def test_without_the_wheel_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey_module, "find_spec", lambda _name: None)
    with pytest.raises(ValkeyUnusable, match="name it in SCRUBBER_REDIS_URL"):
        valkey_server()
