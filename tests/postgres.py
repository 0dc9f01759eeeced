"""A real PostgreSQL of the machine's own packages, for the tests: a cluster of its own, on a unix socket only."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "scrubber"


def binaries() -> Path | None:
    """Where initdb and pg_ctl are, None where PostgreSQL is not installed."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(
        Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: int(path.parent.name)
    )


@contextmanager
def cluster(binaries: Path) -> Iterator[str]:
    """A running cluster; the URL of its database ``postgres``, without the name of a database at its end."""
    directory = Path(tempfile.mkdtemp(prefix="scrubber-pg-"))
    as_user: list[str] = []
    if os.getuid() == 0:  # PostgreSQL does not run as root
        owner = pwd.getpwnam("postgres")
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = directory / "data"

    def run(*command: object) -> None:
        subprocess.run([*as_user, *map(str, command)], check=True, capture_output=True, cwd=directory)

    try:
        run(binaries / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {directory} -c listen_addresses='' -c fsync=off -c max_connections=60"
        run(binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", directory / "log", "start")
        try:
            yield f"postgresql+psycopg://{USER}@/{{database}}?host={directory}"
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
