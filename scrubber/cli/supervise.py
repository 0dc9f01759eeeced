"""The service on one machine: the API, batch workers and a Valkey of our own, which start and stop together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import click

from scrubber.batch.valkey import embedded_valkey
from scrubber.settings import PREFIX, Settings

WORKER = (sys.executable, "-m", "scrubber", "worker")

GLANCE_SECONDS = 0.1
"""How often the processes are looked at."""
STEADY_SECONDS = 10
"""A process that ran for so long was all right; one that ended sooner ended in a row with the one before."""
ENDS_IN_A_ROW = 5
"""After so many of these the service gives up."""
MARGIN_SECONDS = 35
"""What stopping may take beyond the time for one chunk; the API's own limit for what it has begun is 30."""
FORCED_SECONDS = 2
"""What a process that is told to stop at once may take to end its own children."""

LAST_WILL = "trap '' TERM INT HUP; read _; kill -TERM 0; sleep 5; kill -KILL 0"
"""Waits for the end of the pipe it reads, which is the end of who holds it, and then ends its group of processes."""


class ServiceEnded(Exception):
    """The service can't go on. The message is one line for the operator."""


@dataclass(slots=True)
class Child:
    """A process that is started again when it ends: at once the first time, then later and later."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    ends: int = 0
    start_at: float | None = None

    def look_after(self) -> None:
        """Start it again if it has ended. Raises ServiceEnded when it has too often."""
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if self.start_at is None:
            self.ends = 1 if now - self.started > STEADY_SECONDS else self.ends + 1
            if self.ends == ENDS_IN_A_ROW:
                raise ServiceEnded(f"{self.name} {_how(self.process)}, {self.ends} times in a row")
            wait = 2 ** (self.ends - 1) - 1
            self.start_at = now + wait
            _tell(
                f"{self.name} {_how(self.process)}; it is started again" + (f" in {wait} s" if wait else "")
            )
        if now >= self.start_at:
            self.process = self.start()
            self.started = time.monotonic()
            self.start_at = None


def supervise(settings: Settings, environ: Mapping[str, str], api: Sequence[str], announcement: str) -> bool:
    """Run the service until a signal stops it; whether all of it then ended in good order.

    ``api`` is the command of the API. ``announcement`` is printed when Valkey runs and the rest is being started.
    SIGTERM, SIGINT and the end of the terminal let the API answer what it has begun and the workers finish their job;
    another SIGTERM or SIGINT stops them at once. Valkey goes last. SIGHUP of anybody else is handed on: the API and the
    workers take the reference snapshot that is current. Raises ServiceEnded or ValkeyUnusable.
    """
    with ExitStack() as stack:
        signals = stack.enter_context(_signals())
        group = stack.enter_context(lifeline())
        children = []
        if settings.redis_url is None:
            valkey = stack.enter_context(embedded_valkey(settings.data_dir, group))
            environ = {**environ, f"{PREFIX}REDIS_URL": valkey.url}
            children.append(Child("Valkey", valkey.start, valkey.process))

        def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
            return subprocess.Popen(  # noqa: S603
                command,
                env=environ,
                stdin=subprocess.DEVNULL,
                process_group=group,
                preexec_fn=_mind_no_hangup,  # noqa: PLW1509 - there are no threads
            )

        workers = [
            Child(f"batch worker {number}", lambda: start(WORKER), start(WORKER))
            for number in range(1, settings.batch_workers + 1)
        ]
        children += workers
        api_process = start(api)
        try:
            click.echo(announcement)
            while not signals.stop:
                if signals.reload:
                    signals.reload = False
                    for process in _running([api_process, *(worker.process for worker in workers)]):
                        process.send_signal(signal.SIGHUP)
                if api_process.poll() is not None:
                    raise ServiceEnded(f"the API {_how(api_process)}")
                for child in children:
                    child.look_after()
                time.sleep(GLANCE_SECONDS)
        finally:
            in_order = _stop(
                [api_process, *(worker.process for worker in workers)],
                signals,
                settings.chunk_seconds + MARGIN_SECONDS,
            )
        return in_order


@contextmanager
def lifeline() -> Iterator[int]:
    """A group of processes that ends at the end of the block, or with this process if that is killed.

    Gives the number of the group. Being in another group than this process, they don't get the terminal's Ctrl-C.
    """
    holder = subprocess.Popen(["/bin/sh", "-c", LAST_WILL], stdin=subprocess.PIPE, process_group=0)  # noqa: S603
    try:
        yield holder.pid
    finally:
        with suppress(OSError):
            os.killpg(holder.pid, signal.SIGKILL)
        holder.communicate()


@dataclass(slots=True)
class Signals:
    """What came so far: the signals to stop, and whether SIGHUP asked for the new reference snapshot."""

    stop: list[int] = field(default_factory=list)
    reload: bool = False


@contextmanager
def _signals() -> Iterator[Signals]:
    """The signals as they come. SIGHUP stops where it is the terminal that went away, but not under nohup."""
    received = Signals()
    ends_with_terminal = _has_terminal() and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN

    def note(number: int, _frame: Any) -> None:
        if number == signal.SIGHUP and not (ends_with_terminal and not _has_terminal()):
            received.reload = True
        else:
            received.stop.append(number)

    before = {
        number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    }
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _mind_no_hangup() -> None:
    """In a new process, until it has a handler of its own: what it is about to read is current."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _stop(processes: list[subprocess.Popen[bytes]], signals: Signals, seconds: float) -> bool:
    """Let processes stop in good order, and say whether all did; at once after another signal or too long a time."""
    _tell("Stopping; Ctrl-C from now on stops at once.")
    asked = _times_asked(signals)
    _terminate(processes)
    deadline = time.monotonic() + seconds
    while running := _running(processes):
        if _times_asked(signals) > asked or time.monotonic() > deadline:
            break
        time.sleep(GLANCE_SECONDS)
    if not running:
        return True
    # A worker that is told again ends its job. It may take two words close together for one, so they are repeated.
    deadline = time.monotonic() + FORCED_SECONDS
    while running and time.monotonic() < deadline:
        _terminate(running)
        time.sleep(FORCED_SECONDS / 4)
        running = _running(running)
    for process in running:
        process.kill()
        process.wait()
    return False


def _times_asked(signals: Signals) -> int:
    # A terminal that closes may send SIGHUP more than once without anybody's being impatient.
    return len(signals.stop) - signals.stop.count(signal.SIGHUP)


def _terminate(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()


def _running(processes: list[subprocess.Popen[bytes]]) -> list[subprocess.Popen[bytes]]:
    return [process for process in processes if process.poll() is None]


def _how(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _tell(text: str) -> None:
    # Whoever read this may be gone, which must not keep the service from stopping in good order.
    with suppress(OSError):
        click.echo(text, err=True)
