"""The command ``scrubber``. Each command's own module is imported when it is called, so that none waits for another."""

import sys
from importlib import import_module

import click

from scrubber import __version__

COMMANDS = {
    "acknowledge": "acknowledge",
    "audit": "audit",
    "batch": "batch",
    "check": "check",
    "code": "code",
    "convert": "convert",
    "correct": "correct",
    "coverage": "coverage",
    "db": "db",
    "edits": "edits",
    "explain": "edits",
    "keys": "keys",
    "purge": "purge",
    "reference": "reference",
    "remits": "remits",
    "report": "report",
    "rules": "rules",
    "serve": "serve",
    "waivers": "waivers",
    "worker": "worker",
}
"""Command → module of this package that holds it."""


class LazyCommands(click.Group):
    """A group whose commands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click gives it
        """The commands in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click gives it
        """The command of a name, None where there is none."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"scrubber.cli.{module}"), cmd_name)
        return command


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong.")
@click.version_option(__version__, prog_name="scrubber")
@click.pass_context
def scrubber(ctx: click.Context, debug: bool) -> None:
    """Find what a payer would deny a medical claim for, why, and what the record must show."""
    ctx.obj = {"debug": debug}


def main() -> None:
    """Run the command; any error becomes one line on stderr and exit code 2."""
    try:
        # Outside its standalone mode click returns the exit code a command asks for.
        sys.exit(scrubber(standalone_mode=False))
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        click.echo(f"Error: {' '.join(error.format_message().split())}", err=True)
        sys.exit(2)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"scrubber: {_one_line(error)}", err=True)
        sys.exit(2)


def _one_line(error: Exception) -> str:
    """The text of an error a user can act on; of any other only its kind, for its text may quote a claim."""
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}: {error.filename or ''}".strip(": ")
    if type(error).__module__.startswith("scrubber."):
        return " ".join(str(error).split())
    return (
        f"stopped by {type(error).__name__}; run again with --debug for the traceback, and please report it"
    )
