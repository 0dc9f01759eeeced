"""The report as JSON: the figures as they are, by the schema that ``schema`` gives."""

from inspect import cleandoc
from typing import IO, Any

import msgspec

from scrubber.report.figures import DenialReport


def render(report: DenialReport, out: IO[bytes]) -> None:
    """Write the report; dollars are decimal strings, days and times as ISO has them."""
    out.write(msgspec.json.encode(report))
    out.write(b"\n")


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the report."""
    made = msgspec.json.schema(DenialReport)
    for defined in made["$defs"].values():
        if "description" in defined:
            # Before Python 3.13 a docstring keeps its indentation.
            defined["description"] = cleandoc(defined["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
