"""``scrubber batch``: batches over the HTTP API."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
import msgspec
import requests

from scrubber.cli.inputs import columns_option, opened
from scrubber.cli.report import form_options, write_batch_report
from scrubber.cli.service import PIECE, ServiceSays, ask, service_url, url_option, written
from scrubber.cli.text import summary_line

OVER: Final = {"done", "failed", "cancelled"}
LOOK_SECONDS: Final = 0.5
TYPES: Final = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}


@click.group()
@url_option
@click.pass_context
def batch(ctx: click.Context, url: str | None) -> None:
    """Have files of claims scrubbed by a running service."""
    ctx.obj["url"] = service_url(url)


@batch.command()
@click.argument("file", type=click.Path(exists=True, allow_dash=True, dir_okay=False))
@click.option("--wait", "waits", is_flag=True, help="Wait until the batch is over.")
@click.option("--idempotency-key", metavar="KEY", help="Sent again with the same file, gives the same batch.")
@click.option("--callback-url", metavar="URL", help="Where to tell how the batch ended.")
@columns_option
@click.pass_context
def submit(
    ctx: click.Context,
    file: str,
    waits: bool,
    idempotency_key: str | None,
    callback_url: str | None,
    columns: dict[str, str | None] | None,
) -> None:
    """Send FILE (- is stdin) and print the id of its batch.

    With --wait the exit code is 0 if every claim is clean or for review, 1 if some claim is on hold or could not be
    read, 2 if the batch failed or was cancelled.
    """
    query = {"callback_url": callback_url, "columns": columns and msgspec.json.encode(columns).decode()}
    headers = {"Content-Type": "application/octet-stream"}
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    size = None if file == "-" else Path(file).stat().st_size
    with opened(file) as content, _bar("Sending", size) as bar:
        sent = _ask(ctx, "POST", "", params=query, headers=headers, data=_pieces(content, bar)).json()
    click.echo(sent["id"])
    if waits:
        ctx.exit(_wait(ctx, sent))


@batch.command()
@click.argument("batch_id", metavar="ID")
@click.pass_context
def status(ctx: click.Context, batch_id: str) -> None:
    """Show how a batch gets on."""
    _show(_ask(ctx, "GET", f"/{batch_id}").json())


@batch.command()
@click.argument("batch_id", metavar="ID")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(TYPES)),
    default="ndjson",
    show_default=True,
    help="How it is written.",
)
@click.option("--disposition", help="Only claims that are clean, review, hold or unreadable.")
@click.option("--edit", help="Only claims with a finding of this edit.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write to.")
@click.pass_context
def results(
    ctx: click.Context,
    batch_id: str,
    form: str,
    disposition: str | None,
    edit: str | None,
    output: Path | None,
) -> None:
    """Write the results of a batch that is over, in the order of its file."""
    query = {"disposition": disposition, "edit": edit}
    with nullcontext(sys.stdout.buffer) if output is None else written(output) as file:
        try:
            for piece in _results(ctx, batch_id, form, query):
                file.write(piece)
        except requests.RequestException:
            raise ServiceSays("the connection was cut off before the end of the results") from None


@batch.command()
@click.argument("batch_id", metavar="ID")
@form_options
@click.pass_context
def report(ctx: click.Context, /, batch_id: str, **outputs: Path | None) -> None:
    """Show the denial-risk report of a batch that is done, and write it in the forms named."""
    write_batch_report(ctx.obj["url"], batch_id, {form: path for form, path in outputs.items() if path})


@batch.command()
@click.argument("batch_id", metavar="ID")
@click.pass_context
def cancel(ctx: click.Context, batch_id: str) -> None:
    """Stop a batch; what was done of it can still be read."""
    before = _ask(ctx, "GET", f"/{batch_id}").json()
    if before["state"] in OVER:
        raise ServiceSays(f"the batch is over: {before['state']}")
    _show(_ask(ctx, "DELETE", f"/{batch_id}").json())


@batch.command()
@click.argument("batch_id", metavar="ID")
@click.pass_context
def retry(ctx: click.Context, batch_id: str) -> None:
    """Go on with a batch that failed or was cancelled."""
    _show(_ask(ctx, "POST", f"/{batch_id}/retry").json())


@batch.command(name="list")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="How many.")
@click.pass_context
def list_batches(ctx: click.Context, limit: int) -> None:
    """List the newest batches."""
    for listed in _ask(ctx, "GET", "", params={"limit": limit}).json()["batches"]:
        click.echo(f"{listed['id']}  {listed['created_at'][:19]}  {_progress(listed)}")


def _ask(ctx: click.Context, method: str, path: str, **options: Any) -> requests.Response:
    return ask(ctx.obj["url"], method, f"/v1/batches{path}", **options)


def _pieces(file: BinaryIO, bar: Any) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
        bar.update(len(piece))


def _bar(label: str, length: int | None) -> AbstractContextManager[Any]:
    """A progress bar, which shows on a terminal alone."""
    hidden = not length or not sys.stderr.isatty()
    return click.progressbar(length=length or 1, label=label, file=sys.stderr, hidden=hidden)


def _wait(ctx: click.Context, page: dict[str, Any]) -> int:
    """Show the progress of a batch until it is over; the exit code."""
    while page["records"] is None and page["state"] not in OVER:
        page = _later(ctx, page)
    with _bar("Scrubbing", page["records"]) as bar:
        while page["state"] not in OVER:
            bar.update(page["records_done"] - bar.pos)
            page = _later(ctx, page)
        bar.update(page["records_done"] - bar.pos)
    _show(page)
    if page["state"] != "done":
        return 2
    return 1 if page["counts"].get("hold") or page["counts"].get("unreadable") else 0


def _later(ctx: click.Context, page: dict[str, Any]) -> dict[str, Any]:
    time.sleep(LOOK_SECONDS)
    later: dict[str, Any] = _ask(ctx, "GET", f"/{page['id']}").json()
    return later


def _results(ctx: click.Context, batch_id: str, form: str, query: dict[str, str | None]) -> Iterator[bytes]:
    if form == "json":
        separator = b"[\n"
        for line in _stream(ctx, batch_id, "ndjson", query).iter_lines():
            yield separator + line
            separator = b",\n"
        yield b"[]\n" if separator == b"[\n" else b"\n]\n"
    else:
        yield from _stream(ctx, batch_id, form, query).iter_content(PIECE)


def _stream(ctx: click.Context, batch_id: str, form: str, query: dict[str, str | None]) -> requests.Response:
    answer = _ask(
        ctx, "GET", f"/{batch_id}/results", params=query, headers={"Accept": TYPES[form]}, stream=True
    )
    how = {"failed": "failed", "cancelled": "was cancelled"}.get(answer.headers.get("X-Batch-State", ""))
    if how:
        click.echo(f"The batch {how}: these are not all its results.", err=True)
    return answer


def _show(page: dict[str, Any]) -> None:
    click.echo(f"{page['id']}  {_progress(page)}")
    if page["reason"]:
        click.echo(page["reason"])
    if page["damage"]:
        click.echo(page["damage"])
    if page["counts"]:
        click.echo(summary_line(page["counts"]))
    for record in page["rejected"]["first"]:
        click.echo(f"  {record['place']}: {record['message']}")
    if page["rejected"]["count"] > len(page["rejected"]["first"]):
        click.echo(f"  and {page['rejected']['count'] - len(page['rejected']['first'])} more")


def _progress(page: dict[str, Any]) -> str:
    told = [page["state"]]
    if page["records"] is not None:
        told.append(f"{page['records_done']} of {page['records']} records")
    if page["rate"]:
        told.append(f"{page['rate']:.0f}/s")
    if page["expected_end"]:
        told.append(f"done about {page['expected_end'][11:19]} UTC")
    return "  ".join(told)
