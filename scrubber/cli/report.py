"""``scrubber report``: the denial-risk report of files of claims, or of a batch of a running service."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from uuid import UUID

import click
import msgspec

from scrubber.bootstrap import Scrubber
from scrubber.claim import Claim
from scrubber.cli.inputs import Columns, columns_option
from scrubber.cli.judged import judged_files
from scrubber.cli.ready import ready
from scrubber.cli.service import PIECE, ServiceSays, ask, service_url, url_option, written
from scrubber.cli.text import summary_line
from scrubber.engine import Result, scrub
from scrubber.importers.benchmarks import read_benchmarks
from scrubber.intake.record import Unreadable
from scrubber.report.build import Told, build_report
from scrubber.report.claims import count_claims
from scrubber.report.counts import Counts
from scrubber.report.figures import Covered, DenialReport, FindingRow
from scrubber.report.forms import render, words
from scrubber.report.forms.shown import plural
from scrubber.report.named import fixed_by, payer_name
from scrubber.risk import RiskModel

FORMS: Final = ("html", "xlsx", "pdf", "csv", "json")
IN_MEMORY: Final = 16 * 1024**2
FILES_NAMED: Final = 3
WORK_TOLD: Final = 5
"""Pieces of work that are printed."""


def form_options(command: Any) -> Any:
    """An option for each form: the file it is written to."""
    for form in reversed(FORMS):
        path = click.Path(dir_okay=False, path_type=Path)
        command = click.option(f"--{form}", type=path, metavar="FILE", help=f"Write it as {form.upper()}.")(
            command
        )
    return command


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="FILE_OR_BATCH...")
@form_options
@columns_option
@url_option
def report(what: tuple[str, ...], columns: Columns | None, url: str | None, **outputs: Path | None) -> None:
    """Report how much is expected to be denied, why, and what to do first.

    FILE_OR_BATCH is files of claims, which are scrubbed for it (- is stdin), or the id of a batch that a running
    service has done. Without a form the main figures are printed.
    """
    wanted = {form: path for form, path in outputs.items() if path is not None}
    if len(what) == 1 and _is_batch(what[0]) and not Path(what[0]).exists():
        write_batch_report(service_url(url), what[0], wanted)
        return
    if missing := [name for name in what if name != "-" and not Path(name).is_file()]:
        raise click.ClickException(f"there is no file {missing[0]}, and it is not the id of a batch")
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        made = _of_files(ready(), what, columns, spool)
        for form, path in wanted.items():
            with written(path) as file:
                render(form, made, file, _spooled(spool))
    _tell(made, wanted)


def _is_batch(name: str) -> bool:
    try:
        return str(UUID(name)) == name.lower()
    except ValueError:
        return False


def write_batch_report(url: str, batch_id: str, wanted: Mapping[str, Path]) -> None:
    """Write the report of a batch of a running service in each form wanted. Raises ServiceSays."""
    address = f"/v1/batches/{batch_id}/report"
    for form, path in wanted.items():
        answer = ask(url, "GET", f"{address}.{form}", stream=True)
        with written(path) as file:
            for piece in answer.iter_content(PIECE):
                file.write(piece)
    try:
        made = msgspec.json.decode(ask(url, "GET", f"{address}.json").content, type=DenialReport)
    except msgspec.MsgspecError:
        raise ServiceSays("the service answers with another version of the report") from None
    _tell(made, wanted)


def _of_files(
    scrubber: Scrubber, files: tuple[str, ...], columns: Columns | None, spool: Any
) -> DenialReport:
    engine, reference = scrubber.engine, scrubber.reference
    counts = Counts(fixed_by=fixed_by(reference))

    def results() -> Iterator[tuple[Claim, Result] | Unreadable]:
        for read in judged_files(engine, files, columns, scrub):
            if isinstance(read, Unreadable):
                yield read
                continue
            received, result = read
            yield received.claim, result

    def keep(row: FindingRow) -> None:
        spool.write(msgspec.json.encode(row) + b"\n")

    count_claims(counts, results(), keep)
    priors = reference.denial_priors
    if priors is None:
        raise LookupError("the denial rates are not loaded")
    return build_report(
        counts,
        Told(
            of=Covered(kind="file", name=_called(files)),
            made_at=datetime.now(UTC),
            ruleset=engine.ruleset,
            references=(engine.used,),
            calibrations=(),
            benchmarks=read_benchmarks(scrubber.settings.lcd_data_dir),
        ),
        {edit.id: edit for edit in scrubber.catalog},
        rates=RiskModel(priors).rates,
        decided={},
        advice=lambda example, _edit: example.advice,
        payer_name=payer_name(reference),
    )


def _called(files: Sequence[str]) -> str:
    """The first files by their names, and how many more there are."""
    names = ["stdin" if name == "-" else Path(name).name for name in files]
    more = len(names) - FILES_NAMED
    return ", ".join(names[:FILES_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _spooled(spool: IO[bytes]) -> Iterator[FindingRow]:
    spool.seek(0)
    decode = msgspec.json.Decoder(FindingRow).decode
    return map(decode, spool)


def _tell(made: DenialReport, wanted: Mapping[str, Path]) -> None:
    for line in _lines(made):
        click.echo(line)
    for path in wanted.values():
        click.echo(f"written  {path}")


def _lines(report: DenialReport) -> Iterator[str]:
    """The main figures of a denial-risk report, and what to do first."""
    expected, all_ = report.expected, report.all
    readable = all_.claims - report.dispositions.unreadable.claims
    yield (
        f"{plural(readable, 'claim', 'claims')}, ${all_.charge:,}: {expected.denials:,.0f} denials expected "
        f"({expected.denials_low:,.0f} to {expected.denials_high:,.0f}), ${expected.charge:,} "
        f"(${expected.charge_low:,} to ${expected.charge_high:,})"
    )
    if told := words.allowed(report):
        yield told
    counts = {
        name: getattr(report.dispositions, name).claims for name in ("clean", "review", "hold", "unreadable")
    }
    yield summary_line(counts)
    if report.clean_by_claims is not None:
        yield f"{report.clean_by_claims:.1%} clean at first pass"
    for item in report.worklist[:WORK_TOLD]:
        yield (
            f"  {item.edit}  {item.name}, payer {item.payer or 'not told'}: {plural(item.claims, 'claim', 'claims')}, "
            f"${item.expected_charge:,} expected to be lost ({item.fixed_by})"
        )
