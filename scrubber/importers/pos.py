"""Places of service as a CSV file of our own layout → a code set. CMS publishes them as a web page only.

The columns are those of ``lcd_data/place_of_service.csv``: code, facility, from, to.
"""

import re
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from scrubber.importers import ImportRefused
from scrubber.importers.code_set_csv import PLACE, place, read_code_set
from scrubber.importers.official_files import official_files
from scrubber.importers.official_rows import lines_of
from scrubber.importers.official_table import OfficialTable, one_quarter
from scrubber.reference.codes import pack_code_set

FEWEST = 40
"""Places: CMS has about 50, and the file stands for all of them."""


def read_pos(files: Sequence[Path]) -> OfficialTable:
    """The places of service of one file, refused whole where a row can't be read. Raises ImportRefused, OSError."""
    if len(files) != 1:
        raise ImportRefused("the places of service come in one file")
    with official_files(files[0], (".csv",)) as found:
        if len(found) != 1:
            raise ImportRefused(
                f"{files[0].name} has {len(found)} CSV files: the places of service come in one"
            )
        with TextIOWrapper(found[0].open(), encoding="utf-8-sig", newline="") as text:
            rows = read_code_set(lines_of(text, found[0].name), found[0].name, PLACE, place)
    for code in rows:
        if not re.fullmatch("[0-9]{2}", code):
            raise ImportRefused(f"{found[0].name}: {code[:12]} is no place of service, which has two digits")
    if len(rows) < FEWEST:
        raise ImportRefused(f"{found[0].name} has {len(rows)} places of about 50: it stands for all of them")
    return OfficialTable(
        content=pack_code_set(rows),
        rows=len(rows),
        quarter=one_quarter([files[0].name], ()),
        dated=True,
    )
