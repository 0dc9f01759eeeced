"""``scrubber serve``: the API under gunicorn."""

import os
import sys

import click

from scrubber.bootstrap import build
from scrubber.settings import PREFIX, Settings, shipped

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@click.command()
@click.option("--host", help="Address to bind to; default SCRUBBER_HOST, 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; default SCRUBBER_PORT, 8000.")
def serve(host: str | None, port: int | None) -> None:
    """Serve the API until stopped (Ctrl-C)."""
    environ = dict(os.environ)
    if host:
        environ[PREFIX + "HOST"] = host
    if port:
        environ[PREFIX + "PORT"] = str(port)
    settings = Settings.read(environ)
    # Build here what every worker shares, so that a fault shows as one line and not as a worker that does not boot.
    scrubber = build(settings, tell=click.echo, verify=True)
    if settings.host not in LOOPBACK:
        click.echo(
            f"Mind: {settings.host} is not a loopback address, and the API asks nobody who they are.",
            err=True,
        )
    url = f"http://{settings.host}:{settings.port}"
    sample = shipped("docs") / "guide" / "sample-claim.json"
    click.echo(
        f"Claim scrubber, ruleset {scrubber.engine.ruleset}, {len(scrubber.catalog)} edits\n"
        f"  API       {url}/v1\n"
        f"  Browse    {url}/docs\n"
        f"  Ready     {url}/readyz\n"
        f"Try it:\n"
        f"  curl -s {url}/v1/claims/scrub -H 'Content-Type: application/json' -d @{os.path.relpath(sample)}"
    )
    sys.stdout.flush()
    configuration = shipped("docker") / "gunicorn.conf.py"
    os.execve(  # noqa: S606 - gunicorn takes this process over, signals included
        sys.executable,
        [sys.executable, "-m", "gunicorn", "--config", str(configuration), "scrubber.api.wsgi:application()"],
        environ,
    )
