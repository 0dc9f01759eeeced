"""Learning denial rates from what payers decided."""

from scrubber.batch.workshop import Workshop
from scrubber.risk.calibrate import calibrate
from scrubber.store.audit import SERVICE, record
from scrubber.store.calibrations import (
    add_calibration,
    remittances_learned,
    remittances_there,
    tenant_of_remittance,
)
from scrubber.store.database import reading, writing
from scrubber.store.outcomes import line_outcomes


def learn(workshop: Workshop, number: int, anew: int = 0) -> None:
    """Learn for the tenant of a remittance, unless the newest calibration knows all there is and ``anew`` is 0."""
    with reading(workshop.database) as connection:
        tenant = tenant_of_remittance(connection, number)
        if tenant is None:
            return
        learned, there = remittances_learned(connection, tenant), remittances_there(connection, tenant)
    if learned < there or anew:
        learn_rates(workshop, tenant)


def learn_rates(workshop: Workshop, tenant: str, who: str = SERVICE) -> str | None:
    """Learn a tenant's denial rates from all decisions of force; the name they are kept under from now on.

    None where they would say what the present ones say, or where nothing was decided yet.
    """
    priors = workshop.engine.reference.denial_priors
    if priors is None:
        return None
    now = workshop.now()
    with reading(workshop.database) as connection:
        there = remittances_there(connection, tenant)
        outcomes = line_outcomes(connection, tenant, priors.key)
        calibration = calibrate(priors, outcomes, name="", made_at=now)
    if not there:
        return None
    with writing(workshop.database) as connection:
        name = add_calibration(connection, tenant, calibration, there)
        if name is not None:
            record(connection, now, tenant, who, "calibrated", name)
    return name
