"""Scoring claims with the denial rates of a calibration."""

import logging
from dataclasses import replace
from time import monotonic
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from scrubber.batch.workshop import Workshop
from scrubber.engine import Engine
from scrubber.risk import RiskModel, amounts_allowed
from scrubber.store.calibrations import current_calibration, find_calibration
from scrubber.store.database import reading

LOOK_SECONDS: Final = 5
"""How often it is looked whether there is a new calibration."""

MODELS_KEPT: Final = 8

_LOG = logging.getLogger("scrubber.batch")


def scoring_engine(workshop: Workshop, tenant: str, calibration: str | None) -> Engine:
    """The engine with the rates of a calibration; without one, with those the program comes with."""
    if calibration is None:
        return workshop.engine
    return replace(workshop.engine, assess=risk_model(workshop, tenant, calibration).assess)


def risk_model(workshop: Workshop, tenant: str, calibration: str) -> RiskModel:
    """The rates of a calibration; read once and kept. Raises LookupError where there is none of that name."""
    key = (workshop.engine.reference.digest, tenant, calibration)
    model = workshop.models.get(key)
    if model is None:
        with reading(workshop.database) as connection:
            kept = find_calibration(connection, tenant, calibration)
        reference = workshop.engine.reference
        if kept is None or reference.denial_priors is None:
            raise LookupError("there is no such calibration, or no table of denial rates")
        model = RiskModel(reference.denial_priors, kept, allowed=amounts_allowed(reference))
        while len(workshop.models) >= MODELS_KEPT:
            workshop.models.pop(next(iter(workshop.models)), None)
        workshop.models[key] = model
    return model


class CurrentCalibration:
    """The name of a tenant's newest calibration, looked up now and then."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._seen: dict[str, tuple[float, str | None]] = {}

    def name(self, tenant: str) -> str | None:
        """The name, at most some seconds old; the one seen last while the database does not answer."""
        looked, name = self._seen.get(tenant, (float("-inf"), None))
        now = monotonic()
        if now - looked >= LOOK_SECONDS:
            # Said first, so that others who ask meanwhile don't look as well.
            self._seen[tenant] = now, name
            try:
                with reading(self._workshop.database) as connection:
                    name = current_calibration(connection, tenant)
            except SQLAlchemyError as fault:
                _LOG.warning("no look at calibrations", extra={"fields": {"fault": type(fault).__name__}})
            self._seen[tenant] = now, name
        return name
