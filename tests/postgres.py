"""A real PostgreSQL of the machine's own packages, for the tests: a cluster of its own, on a unix socket only."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER = "scrubber"


def binaries() -> Path | None:
    """Where initdb and pg_ctl are, None where PostgreSQL is not installed."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(
        Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: int(path.parent.name)
    )


@dataclass(frozen=True)
class Cluster:
    """A cluster in a directory, and what its commands are run with."""

    binaries: Path
    directory: Path
    as_user: tuple[str, ...]

    @property
    def url(self) -> str:
        """Where it is found; ``{database}`` stands for the name of a database."""
        return f"postgresql+psycopg://{USER}@/{{database}}?host={self.directory}"

    def run(self, command: str, *arguments: object) -> None:
        told = [str(self.binaries / command), "-D", str(self.directory / "data"), *map(str, arguments)]
        subprocess.run([*self.as_user, *told], check=True, capture_output=True, cwd=self.directory)

    def start(self) -> None:
        options = f"-k {self.directory} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self.run("pg_ctl", "-w", "-o", options, "-l", self.directory / "log", "start")

    def stop(self) -> None:
        """As a power cut does: whoever is connected is cut off."""
        self.run("pg_ctl", "-m", "immediate", "stop")


@contextmanager
def cluster(binaries: Path) -> Iterator[Cluster]:
    """A running cluster, removed at the end."""
    directory = Path(tempfile.mkdtemp(prefix="scrubber-pg-"))
    as_user: tuple[str, ...] = ()
    if os.getuid() == 0:  # PostgreSQL does not run as root
        owner = pwd.getpwnam("postgres")
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        as_user = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    made = Cluster(binaries, directory, as_user)
    try:
        made.run("initdb", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
