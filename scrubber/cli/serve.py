"""``scrubber serve``: the API under gunicorn, alone or together with all that batches need."""

import errno
import os
import signal
import socket
import sys
import time
from pathlib import Path

import click

from scrubber.bootstrap import KeysMissing, Scrubber, build, check_binding, open_store
from scrubber.cli.supervise import supervise
from scrubber.settings import PREFIX, Settings, shipped

ASKED = "are asked for: scrubber keys create"
NONE_YET = "none yet: anybody on this machine may ask, nobody beyond it can"

PORT_SECONDS = 6
"""How long to wait for the port: the API of a service that was killed lets go of it in less."""


@click.command()
@click.option("--host", help="Address to bind to; default SCRUBBER_HOST, 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; default SCRUBBER_PORT, 8000.")
@click.option(
    "--embedded",
    is_flag=True,
    help="Start batch workers too, and a Valkey where SCRUBBER_REDIS_URL names none.",
)
@click.pass_context
def serve(ctx: click.Context, host: str | None, port: int | None, embedded: bool) -> None:
    """Serve the API until stopped (Ctrl-C); a second Ctrl-C does not wait for what has begun.

    A new reference snapshot is taken without a stop, within seconds or at once on SIGHUP.
    """
    environ = dict(os.environ)
    if host:
        environ[PREFIX + "HOST"] = host
    if port:
        environ[PREFIX + "PORT"] = str(port)
    settings = Settings.read(environ)
    try:
        keys = check_binding(open_store(settings), [settings.host])
    except KeysMissing as why:
        raise click.ClickException(str(why)) from None
    _wait_for_port(settings)
    # Build here what every worker shares, so that a fault shows as one line and not as a worker that does not boot.
    # Only what is told of it stays, for the other processes build their own.
    announcement = _announcement(
        build(settings, tell=click.echo, verify=True),
        batches=embedded or settings.redis_url is not None,
        keys=keys,
    )
    api = [sys.executable, "-m", "gunicorn", "--config", str(shipped("docker") / "gunicorn.conf.py")]
    if embedded:
        in_order = supervise(settings, environ, api, announcement)
        ctx.exit(0 if in_order else 1)
    click.echo(announcement)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until gunicorn minds it
    os.execve(sys.executable, api, environ)  # noqa: S606 - gunicorn takes this process over, signals included


def _wait_for_port(settings: Settings) -> None:
    """Return when the port can be had; raise ClickException where it can't."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        try:
            socket.create_server((settings.host, settings.port), family=family).close()
        except OSError as why:
            if why.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise click.ClickException(
                    f"can't listen on {settings.host} port {settings.port} ({str(why.strerror).partition(' (')[0]}); "
                    "name another with --host or --port"
                ) from None
            time.sleep(0.2)
        else:
            return


def _announcement(scrubber: Scrubber, *, batches: bool, keys: bool) -> str:
    """Where the service is, and what to try first."""
    settings = scrubber.settings
    url = f"http://{f'[{settings.host}]' if ':' in settings.host else settings.host}:{settings.port}"
    guide = Path(os.path.relpath(shipped("docs") / "guide"))
    json = "'Content-Type: application/json'"
    bearer = ' -H "Authorization: Bearer $SCRUBBER_API_KEY"' if keys else ""
    lines = [
        f"Claim scrubber, ruleset {scrubber.engine.ruleset}, {len(scrubber.catalog)} edits",
        f"  API       {url}/v1",
        f"  Browse    {url}/docs",
        f"  Ready     {url}/readyz",
        f"  Keys      {ASKED if keys else NONE_YET}",
        "Try it:",
        f"  curl -s {url}/v1/claims/scrub{bearer} -H {json} -d @{guide / 'sample-claim.json'}",
    ]
    if batches:
        lines.append(
            f"  curl -s {url}/v1/batches{bearer} -H 'Content-Type: application/x-ndjson' "
            f"--data-binary @{guide / 'samples' / 'batch.ndjson'}"
        )
    else:
        lines.append(
            "No batches: SCRUBBER_REDIS_URL names no Redis. With --embedded the service brings its own, and a worker."
        )
    return "\n".join(lines)
