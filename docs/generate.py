"""Writes the generated docs: one page an edit, their index, the settings, the schema of the report.

``python -m docs.generate`` writes; with ``--check`` it only compares, names what is out of date and exits 1.
"""

import json
import sys
from pathlib import Path

from docs import payer_rules
from scrubber.bootstrap import catalog
from scrubber.edits.catalog import RULESET
from scrubber.report.forms.json import schema
from scrubber.rule import Page, page_of
from scrubber.settings import Settings, setting_pages, shipped

DOCS = Path(__file__).parent
FAMILIES = {
    "CLM": "Claim form and identifiers",
    "DTE": "Dates",
    "DX": "Diagnosis coding (ICD-10-CM)",
    "PX": "Procedure coding",
    "MOD": "Modifiers",
    "PTP": "Code pairs (NCCI)",
    "MUE": "Units of a service (NCCI)",
    "AOC": "Add-on codes (NCCI)",
    "COV": "Coverage articles per contractor",
    "CHI": "Medicare chiropractic benefit",
    "GDE": "Guidance for M53.8x and its neighbours",
    "DUP": "Repeated services",
    "FRQ": "Limits of payers",
    "GLB": "Global periods",
}


def generated() -> dict[Path, str]:
    """Every generated file and its content."""
    pages = [page_of(edit) for edit in sorted(catalog(Settings.read({})), key=lambda edit: edit.id)]
    files = {DOCS / "edits" / f"{page.id}.md": edit_page(page) for page in pages}
    files[DOCS / "edits" / "README.md"] = index(pages)
    files[DOCS / "settings.md"] = settings()
    files[DOCS / "guide" / "payer-rule-language.md"] = payer_rules.language()
    files[shipped("payer_rules") / "schema.json"] = payer_rules.schema()
    files[DOCS / "guide" / "report.schema.json"] = json.dumps(schema(), indent=2) + "\n"
    return files


def edit_page(page: Page) -> str:
    """The page of one edit."""
    carc = f"{page.carc} {' '.join(page.rarc)}".strip() if page.carc else "none predicted"
    edition = f", {page.citation.edition}" if page.citation.edition else ""
    section = f", {page.citation.section}" if page.citation.section else ""
    in_force = "; ".join(map(str, page.in_force))
    payer = f"| payer | {page.payer} |\n| services | {in_force} |\n" if page.payer else ""
    needs = ", ".join(f"`{table}`" for table in page.needs) or "no table"
    return f"""# {page.id} {page.name}

{page.summary}

| | |
| --- | --- |
| severity | {page.severity} |
| judges | the {page.scope} |
| claims | {page.forms} |
{payer}| concerns | {page.applies_to} |
| payer's answer | {carc} |
| needs | {needs} |
| since | ruleset {page.since} |

## Why it is denied

{page.why}

## Fails

{page.fails}

## Passes

{page.passes}

## Source

{page.source}

[{page.citation.title}]({page.citation.url}){section}{edition}
"""


def index(pages: list[Page]) -> str:
    """The catalogue as one page, by family."""
    parts = [
        f"# The edits\n\nRuleset {RULESET}: {len(pages)} edits. Written by `make docs`; do not edit by hand.\n"
    ]
    of_payers = {page.id.partition("-")[0]: "Payer rules" for page in pages if "-" in page.id}
    for family, title in (FAMILIES | of_payers).items():
        parts.append(f"\n## {family}: {title}\n\n| edit | severity | finds |\n| --- | --- | --- |\n")
        parts.extend(
            f"| [{page.id} {page.name}]({page.id}.md) | {page.severity} | {page.summary} |\n"
            for page in pages
            if page.id.rstrip("0123456789").rstrip("-") == family
        )
    return "".join(parts)


def settings() -> str:
    """The settings page."""
    rows = "".join(f"| `{page.variable}` | {page.default} | {page.says} |\n" for page in setting_pages())
    return f"""# Settings

Environment variables. Each is declared once, in `scrubber/settings.py`; this page is written from there by
`make docs`. A variable that begins with `SCRUBBER_` and is not in this list stops the start with an error.

A secret need not stand in the environment: the variable with `_FILE` at its end (`SCRUBBER_DATABASE_URL_FILE`) names a
file that holds the value.

| variable | default | what it is for |
| --- | --- | --- |
{rows}"""


def main() -> int:
    """Write or check; the exit code."""
    files = generated()
    stale = [path for path, text in files.items() if not path.is_file() or path.read_text() != text]
    left_over = [path for path in (DOCS / "edits").glob("*.md") if path not in files]
    if "--check" in sys.argv:
        for path in (*stale, *left_over):
            sys.stderr.write(f"{path.relative_to(DOCS.parent)} is out of date: run `make docs`\n")
        return 1 if stale or left_over else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(files[path])
    for path in left_over:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
