"""``scrubber serve --embedded`` with real processes: what starts together stops together, whoever is killed.

In most of them the batch worker is a stand-in that keeps a record of itself: they are about its life, not its work.
"""

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from scrubber.batch.valkey import ValkeyUnusable, valkey_server
from scrubber.cli.serve import serve
from scrubber.engine import Engine
from scrubber.settings import Settings
from tests.patients import look_into
from tests.processes import is_gone
from tests.services import PATIENCE, environment, free_port, wait_until

STAND_IN = """
import os, signal, sys, time
mood, record = sys.argv[1:]
def note(text):
    with open(record, "a") as file:
        print(text, file=file)
signal.signal(signal.SIGINT, lambda *_: note("interrupted"))
signal.signal(signal.SIGHUP, lambda *_: note("hung up"))
signal.signal(signal.SIGTERM, lambda *_: None if mood == "stubborn" else sys.exit(0))
note(f"worker {os.getpid()} {os.environ['SCRUBBER_REDIS_URL']}")
if mood == "broken":
    sys.exit(3)
while True:
    time.sleep(0.1)
"""

SERVE = """
import sys
from scrubber.cli import main, serve, supervise
stand_in, mood, record, *sys.argv = sys.argv[1:]
if mood != "real":
    supervise.WORKER = (sys.executable, "-c", stand_in, mood, record)
supervise.ENDS_IN_A_ROW = 2
supervise.FORCED_SECONDS = 0.2
serve.PORT_SECONDS = 0.5
main.main()
"""


class Service:
    """A service, or one that was."""

    def __init__(
        self, data_dir: Path, snapshots: Path, mood: str, port: int, more: dict[str, object]
    ) -> None:
        self.mood = mood
        self.url = f"http://127.0.0.1:{port}"
        self.data_dir = data_dir
        self.record = data_dir / "workers"
        self.record.touch()
        self.printed = data_dir / "printed"
        arguments = [STAND_IN, mood, self.record, "scrubber", "serve", "--embedded", "--port", str(port)]
        with self.printed.open("wb") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, *arguments],
                env=environment(data_dir=data_dir, reference_dir=snapshots, workers=1, **more),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def wait_until(self, condition: Callable[[], object]) -> None:
        wait_until(condition, self.printed.read_text)

    def up(self) -> "Service":
        """Itself, once all of it runs."""
        self.wait_until(
            lambda: (
                self.process.poll() is not None
                or (self.answers() and (self.mood == "real" or self.workers()))
            )
        )
        assert self.process.poll() is None, self.printed.read_text()
        return self

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=PATIENCE).status_code == 200
        except requests.ConnectionError:
            return False

    def workers(self) -> list[tuple[int, str]]:
        """Process and Redis URL of each worker that was started."""
        return [
            (int(line.split()[1]), line.split()[2])
            for line in self.record.read_text().splitlines()
            if line.startswith("worker")
        ]

    @property
    def valkey(self) -> int:
        return int((self.data_dir / "valkey" / "valkey.lock").read_text())

    @property
    def api(self) -> int:
        found = re.search(r"Listening at: \S+ \((\d+)\)", self.printed.read_text())
        assert found, self.printed.read_text()
        return int(found[1])

    def children(self) -> list[int]:
        """Valkey, the API and the present workers, which are all in one group that is not the supervisor's."""
        children = [
            self.valkey,
            self.api,
            *(process for process, _ in self.workers() if not is_gone(process)),
        ]
        groups = {os.getpgid(child) for child in children}
        assert len(groups) == 1
        assert groups != {self.process.pid}
        return children

    def interrupt(self) -> None:
        """What a terminal does on Ctrl-C: the signal goes to the group in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)

    def last_line(self) -> str:
        return self.printed.read_text().splitlines()[-1]


@pytest.fixture
def start(
    tmp_path: Path, settings: Settings, engine: Engine
) -> Iterator[Callable[..., Service]]:  # engine: has built the snapshot
    try:
        valkey_server()
    except ValkeyUnusable as why:
        pytest.skip(str(why))
    started: list[Service] = []

    def service(mood: str = "willing", port: int | None = None, **more: object) -> Service:
        started.append(Service(tmp_path, settings.snapshots, mood, port or free_port(), more))
        return started[-1]

    yield service
    for one in started:
        one.process.kill()
        one.process.wait()
        look_into(one.printed)


def test_starts_answers_and_ends_with_ctrl_c(start: Callable[..., Service]) -> None:
    service = start(batch_workers=2).up()
    service.wait_until(lambda: len(service.workers()) == 2)
    children = service.children()
    printed = service.printed.read_text()
    for curl in re.findall(r"curl .*", printed):
        assert Path(curl.rpartition("@")[2]).is_file()
    assert printed.count("curl") == 2

    service.interrupt()
    assert service.process.wait(PATIENCE) == 0
    assert all(map(is_gone, children))
    assert "interrupted" not in service.record.read_text()
    assert not list((service.data_dir / "valkey").glob("*.sock"))
    assert "started again" not in service.printed.read_text()


def test_the_batch_that_it_suggests_is_scrubbed_by_the_real_worker(start: Callable[..., Service]) -> None:
    service = start("real").up()
    found = re.search(
        r"curl -s (\S+/v1/batches) -H 'Content-Type: (\S+)' --data-binary @(.*)", service.printed.read_text()
    )
    assert found
    url, content_type, file = found.groups()
    taken = requests.post(
        url, data=Path(file).read_bytes(), headers={"Content-Type": content_type}, timeout=PATIENCE
    )
    assert taken.status_code == 202
    batch = service.url + taken.headers["Location"]
    service.wait_until(lambda: requests.get(batch, timeout=PATIENCE).json()["state"] == "done")
    assert requests.get(batch, timeout=PATIENCE).json()["records"] == 5
    service.interrupt()
    assert service.process.wait(PATIENCE) == 0


def test_a_killed_worker_and_a_killed_valkey_come_again(start: Callable[..., Service]) -> None:
    service = start().up()
    [(worker, url)] = service.workers()
    valkey = service.valkey
    with Redis.from_url(url, retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=1), 10)) as redis:
        redis.set("kept", "1")
        os.kill(worker, signal.SIGKILL)
        service.wait_until(lambda: len(service.workers()) == 2)
        assert service.workers()[1] != (worker, url)
        os.kill(valkey, signal.SIGKILL)
        service.wait_until(
            lambda: "Valkey was ended by SIGKILL; it is started again" in service.printed.read_text()
        )
        assert redis.get("kept") == b"1"
    assert service.valkey != valkey
    assert service.answers()
    assert len(service.workers()) == 2


def test_what_a_killed_supervisor_leaves_behind_ends_and_the_next_start_goes_on(
    start: Callable[..., Service],
) -> None:
    killed = start().up()
    with Redis.from_url(killed.workers()[0][1]) as redis:
        redis.set("kept", "1")
    children = killed.children()
    killed.process.kill()
    killed.process.wait()

    service = start().up()
    service.wait_until(lambda: all(map(is_gone, children)))
    with Redis.from_url(service.workers()[-1][1]) as redis:
        assert redis.get("kept") == b"1"

    # A second service must leave the first alone.
    second = start()
    assert second.process.wait(PATIENCE) == 2
    assert second.last_line().startswith(f"scrubber: another service (process {service.process.pid}) uses")
    assert service.answers()


def test_a_worker_that_keeps_ending_ends_the_service(start: Callable[..., Service]) -> None:
    service = start("broken")
    assert service.process.wait(PATIENCE) == 2
    assert service.last_line() == "scrubber: batch worker 1 ended with exit code 3, 2 times in a row"
    assert not service.answers()


def test_the_end_of_the_api_ends_the_service(start: Callable[..., Service]) -> None:
    service = start().up()
    children = service.children()
    os.kill(service.api, signal.SIGKILL)
    assert service.process.wait(PATIENCE) == 2
    assert service.last_line() == "scrubber: the API was ended by SIGKILL"
    assert all(map(is_gone, children))


def test_a_port_that_is_taken_is_said_before_anything_starts(start: Callable[..., Service]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        service = start(port=port)
        assert service.process.wait(PATIENCE) == 2
    assert service.printed.read_text() == (
        f"Error: can't listen on 127.0.0.1 port {port} (Address already in use); name another with --host or --port\n"
    )


def test_ctrl_c_again_does_not_wait(start: Callable[..., Service]) -> None:
    service = start("stubborn").up()
    children = service.children()
    service.interrupt()
    service.wait_until(lambda: "Stopping" in service.printed.read_text())
    time.sleep(0.5)
    assert service.process.poll() is None
    service.interrupt()
    assert service.process.wait(PATIENCE) == 1
    assert all(map(is_gone, children))


def test_a_redis_that_is_named_is_used_and_none_started(
    start: Callable[..., Service], redis_url: str
) -> None:
    service = start(redis_url=redis_url).up()
    assert service.workers()[0][1] == redis_url
    assert not (service.data_dir / "valkey").exists()
    service.process.send_signal(signal.SIGHUP)
    service.wait_until(lambda: "hung up" in service.record.read_text())
    service.wait_until(lambda: "Handling signal: hup" in service.printed.read_text())
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(PATIENCE) == 0


HANGING_UP = """
import fcntl, sys, termios, time
from scrubber.cli import supervise
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
with supervise._signals() as signals, open(sys.argv[1], "a", buffering=1) as record:
    print("up", file=record)
    while not signals.stop:
        if signals.reload:
            signals.reload = False
            print("reload", file=record)
        time.sleep(0.02)
    print("stop", file=record)
"""


def test_a_hangup_asks_for_the_new_snapshot_and_the_end_of_the_terminal_stops(tmp_path: Path) -> None:
    record = tmp_path / "record"
    record.touch()
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", HANGING_UP, record],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    os.close(theirs)
    with process:
        try:
            wait_until(lambda: "up" in record.read_text(), lambda: f"{process.poll()}")
            process.send_signal(signal.SIGHUP)
            wait_until(lambda: "reload" in record.read_text())
            os.close(ours)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    assert record.read_text().split() == ["up", "reload", "stop"]


@pytest.mark.parametrize("redis_is_named", [True, False])
def test_without_embedded_the_api_takes_over_and_what_batches_lack_is_said(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch, redis_is_named: bool
) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execve", lambda _program, command, _environ: became.append(command))
    environ = {
        "SCRUBBER_DATA_DIR": str(settings.data_dir),
        "SCRUBBER_REDIS_URL": "redis://queue" if redis_is_named else None,
    }
    result = CliRunner().invoke(serve, ["--port", str(free_port())], env=environ)
    assert result.exit_code == 0, result.output
    assert became[0][:3] == [sys.executable, "-m", "gunicorn"]
    assert ("No batches: SCRUBBER_REDIS_URL names no Redis." in result.output) is not redis_is_named
    assert ("/v1/batches" in result.output) is redis_is_named
