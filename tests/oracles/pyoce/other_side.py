"""What PyOCE says, in JSON. Run by the interpreter of ``var/pyoce``, which has PyOCE and nothing of this project.

other_side.py pairs NUMBER     a pair of each of so many column one codes: [column one, column two]
other_side.py table DAY        all pairs that hold on a day: [column one, column two, modifier allowed]
other_side.py claims           the answers to the claims on stdin, and what its tables have of their codes
"""

import json
import marshal
import sys
from collections.abc import Iterator
from itertools import permutations
from random import Random
from typing import Any

import pyoce
from pyoce.dao.provider import LmdbDataProvider

TABLES = LmdbDataProvider.get_instance()


def pairs(number: str) -> list[tuple[str, str]]:
    random = Random(number)
    chosen = random.choices(column_one_codes(), k=int(number))
    return [(one, random.choice([two for two, *_ in rows_of(one)])) for one in chosen]


def table(day: str) -> list[tuple[str, str, bool]]:
    number = int(day.replace("-", ""))
    version = next(
        int(key)
        for key, row in TABLES.get_multi("version_range", "")
        if row["date_started"] <= number <= row["date_ended"]
    )
    return [
        (one, two, allowed)
        for one in column_one_codes()
        for two, first, last, allowed in rows_of(one)
        if first <= version <= last
    ]


def claims() -> dict[str, Any]:
    engine = pyoce.IoceComponent()
    answers = []
    wanted: dict[str, set[str]] = {}
    for claim in json.load(sys.stdin):
        done = engine.process(claim)
        answers.append(
            {
                "version": done["processingInformation"]["internalVersion"],
                "edits": done["claimRejectionEditList"],
                "lines": [line["hcpcsEditList"] for line in done["lineItemList"]],
            }
        )
        for one, two in permutations({line["hcpcs"] for line in claim["lineItemList"]}, 2):
            wanted.setdefault(one, set()).add(two)
    return {
        "package": pyoce.__version__,
        "versions": {key.decode(): row for key, row in TABLES.get_multi("version_range", "")},
        "modifiers": [
            (key.decode().split("|")[0], row["lo_version"], row["hi_version"], row["ncci"])
            for key, row in TABLES.get_multi("data_modifier", "")
        ],
        "answers": answers,
        "pairs": [(one, *row) for one, twos in wanted.items() for row in rows_of(one) if row[0] in twos],
        "codes": {code: standing(code) for code in wanted},
    }


def column_one_codes() -> list[str]:
    with TABLES.env.begin(TABLES._get_dbi("map_ncci")) as transaction:
        return [bytes(key).decode() for key in transaction.cursor().iternext(values=False)]


def rows_of(one: str) -> Iterator[tuple[str, int, int, bool]]:
    """What its table has under a column one code: column two, first and last version, whether a modifier helps."""
    for two, packed in TABLES.get("map_ncci", one) or ():
        row = marshal.loads(packed)  # noqa: S302 - of a package pinned by its hash
        yield two.decode(), row["lo_version"], row["hi_version"], bool(row["mod_indicator"])


def standing(code: str) -> list[tuple[int, int, bool, bool]]:
    """From which version to which a code is known, and whether as column one and as column two."""
    return [
        (row["lo_version"], row["hi_version"], row["ncci_code1"], row["ncci_code2"])
        for _, row in TABLES.get_multi("data_hcpcs", f"{code}|")
    ]


if __name__ == "__main__":
    json.dump({"pairs": pairs, "table": table, "claims": claims}[sys.argv[1]](*sys.argv[2:]), sys.stdout)
