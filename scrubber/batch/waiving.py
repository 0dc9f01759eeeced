"""The waivers that claims are scrubbed with: those of their tenant, as they stand at the moment."""

import logging
from dataclasses import replace
from time import monotonic
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from scrubber.batch.workshop import Workshop
from scrubber.engine import Engine, Waivers
from scrubber.store.database import reading
from scrubber.store.waivers import waiver_set, waivers_not_withdrawn

LOOK_SECONDS: Final = 1
"""How often it is looked whether waivers were made or withdrawn."""

_LOG = logging.getLogger("scrubber.batch")


def with_waivers(workshop: Workshop, engine: Engine, tenant: str) -> tuple[Engine, str | None]:
    """The engine with the waivers of a tenant as they are now, and the name of their set."""
    with reading(workshop.database) as connection:
        named = waiver_set(connection, tenant)
        if named is None:
            return engine, None
        return replace(engine, waivers=Waivers(waivers_not_withdrawn(connection, tenant))), named


class CurrentWaivers:
    """A tenant's waivers, read anew when some were made or withdrawn, which is looked for now and then."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._seen: dict[str, tuple[float, str | None, Waivers | None]] = {}

    def of(self, tenant: str) -> Waivers | None:
        """The waivers, at most a second old; those seen last while the database does not answer.

        None where there are none.
        """
        looked, named, waivers = self._seen.get(tenant, (float("-inf"), None, None))
        now = monotonic()
        if now - looked >= LOOK_SECONDS:
            # Said first, so that others who ask meanwhile don't look as well.
            self._seen[tenant] = now, named, waivers
            try:
                with reading(self._workshop.database) as connection:
                    present = waiver_set(connection, tenant)
                    if present != named:
                        waivers = Waivers(waivers_not_withdrawn(connection, tenant)) if present else None
                        named = present
            except SQLAlchemyError as fault:
                _LOG.warning("no look at waivers", extra={"fields": {"fault": type(fault).__name__}})
            self._seen[tenant] = now, named, waivers
        return waivers
