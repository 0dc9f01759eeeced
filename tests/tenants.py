"""A watch over every statement of the store: it names the tenant of each table that has one."""

import re
import sys
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Engine, event

from scrubber.store.tables import METADATA

FOR_ALL_TENANTS: Final = frozenset(
    {
        # a job of the queue names a batch or a remittance by its number alone
        "batches.batch_by_number",
        "calibrations.tenant_of_remittance",
        # looking for lost work, and for what is too old
        "batches.unfinished_batches",
        "batches.callbacks_due",
        "batches.finished_before",
        "batches.known_blobs",
        "calibrations.calibrations_due",
        "waivers.forget_claims",
        # metrics
        "batches.batches_by_state",
        # for the operator: sealing anew, and whose audit there is
        "results.chunks_kept",
        "audit.tenants_in",
        # who has a key is told by the key
        "keys.all_keys",
        "keys.has_keys",
        "keys.note_use",
    }
)
"""The functions of the store, by module, that are meant for all tenants."""

_TABLES: Final = "|".join(table.name for table in METADATA.sorted_tables if "tenant" in table.c)
_USED: Final = re.compile(
    rf'\b(?:FROM|JOIN|UPDATE)\s+"?({_TABLES})\b"?(?:\s+AS\s+(\w+))?|,\s+({_TABLES})(?:\s+AS\s+(\w+))?(?=\s|$)'
)
_INTO: Final = re.compile(rf'\s*INSERT INTO "?(?:{_TABLES})"? \((?P<columns>[^)]*)\)')
_BOUND: Final = re.compile(r"\.tenant = (?:\?|%\()")


def watch() -> None:
    """Refuse, from now on and in this process, each statement of the store that does not name the tenant."""
    event.listen(Engine, "before_cursor_execute", _look)


@lru_cache(None)
def names_the_tenant(statement: str) -> bool:
    """Whether a statement ties each use of a table that has tenants to one; of rows, not of tables themselves."""
    if not statement.lstrip().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
        return True
    if into := _INTO.match(statement):
        return bool(re.search(r"\btenant\b", into["columns"]))
    used = {
        alias or table or other_alias or other
        for table, alias, other, other_alias in _USED.findall(statement)
    }
    return not used or (
        bool(_BOUND.search(statement))
        and all(re.search(rf"\b{name}\.tenant =|= {name}\.tenant\b", statement) for name in used)
    )


def _look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    if not names_the_tenant(statement):
        asked = _asked_by()
        assert asked is None or asked in FOR_ALL_TENANTS, f"{asked} does not name the tenant: {statement}"


def _asked_by() -> str | None:
    """The function of the store that has a statement executed; None where it is not the store's."""
    asked = None
    frame = sys._getframe(2)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("scrubber.store."):
            asked = f"{module.removeprefix('scrubber.store.')}.{frame.f_code.co_name}"
        elif asked is not None or module.startswith(("scrubber.", "tests.")):
            return asked
        frame = frame.f_back
    return asked
