"""Calibrations: named, kept for good, never changed."""

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, func, insert, select

from scrubber.risk import Calibration
from scrubber.store.remittances import ONE_AT_A_TIME
from scrubber.store.tables import CALIBRATIONS, REMITTANCES


def current_calibration(connection: Connection, tenant: str) -> str | None:
    """The name of a tenant's newest calibration, None where there is none."""
    query = select(CALIBRATIONS.c.name).where(CALIBRATIONS.c.tenant == tenant)
    return connection.execute(query.order_by(CALIBRATIONS.c.number.desc()).limit(1)).scalar_one_or_none()


def calibration_names(connection: Connection, tenant: str) -> list[str]:
    """The names of a tenant's calibrations, newest first."""
    query = select(CALIBRATIONS.c.name).where(CALIBRATIONS.c.tenant == tenant)
    return list(connection.execute(query.order_by(CALIBRATIONS.c.number.desc())).scalars())


def find_calibration(connection: Connection, tenant: str, name: str) -> Calibration | None:
    """A tenant's calibration by its name."""
    query = select(CALIBRATIONS.c.content).where(CALIBRATIONS.c.tenant == tenant, CALIBRATIONS.c.name == name)
    content = connection.execute(query).scalar_one_or_none()
    return None if content is None else msgspec.json.decode(content, type=Calibration)


def remittances_there(connection: Connection, tenant: str) -> int:
    """How many of a tenant's remittances there are to learn from."""
    query = select(func.count()).where(REMITTANCES.c.tenant == tenant, REMITTANCES.c.learned > 0)
    return connection.execute(query).scalar_one()


def remittances_learned(connection: Connection, tenant: str) -> int:
    """From how many remittances a tenant's newest calibration was learned."""
    query = select(CALIBRATIONS.c.remittances).where(CALIBRATIONS.c.tenant == tenant)
    learned = connection.execute(query.order_by(CALIBRATIONS.c.number.desc()).limit(1)).scalar_one_or_none()
    return learned or 0


def tenant_of_remittance(connection: Connection, number: int) -> str | None:
    """Whose remittance it is."""
    query = select(REMITTANCES.c.tenant).where(REMITTANCES.c.number == number)
    return connection.execute(query).scalar_one_or_none()


def add_calibration(
    connection: Connection, tenant: str, calibration: Calibration, remittances: int
) -> str | None:
    """Keep a calibration under the next name of its day (``2026-11-22.1``); the name.

    None where it says what the newest one says, or that was learned from more remittances: then that one stays.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(ONE_AT_A_TIME)
    learned, newest = remittances_learned(connection, tenant), current_calibration(connection, tenant)
    before = find_calibration(connection, tenant, newest) if newest else None
    same = before is not None and replace(calibration, name=before.name, made_at=before.made_at) == before
    if learned > remittances or same:
        return None
    day = f"{calibration.made_at.date().isoformat()}."
    query = select(func.count()).where(
        CALIBRATIONS.c.tenant == tenant, CALIBRATIONS.c.name.startswith(day, autoescape=True)
    )
    name = f"{day}{connection.execute(query).scalar_one() + 1}"
    content = msgspec.json.encode(replace(calibration, name=name)).decode()
    connection.execute(
        insert(CALIBRATIONS).values(
            tenant=tenant, name=name, made_at=calibration.made_at, remittances=remittances, content=content
        )
    )
    return name


def newest_remittance(connection: Connection, tenant: str) -> int | None:
    """The number of a tenant's newest remittance to learn from."""
    query = select(func.max(REMITTANCES.c.number)).where(
        REMITTANCES.c.tenant == tenant, REMITTANCES.c.learned > 0
    )
    newest: int | None = connection.execute(query).scalar_one()
    return newest


def calibrations_due(connection: Connection) -> list[int]:
    """Of each tenant with a remittance that its newest calibration does not know: the number of the newest one."""
    query = select(REMITTANCES.c.tenant, func.max(REMITTANCES.c.number), func.count())
    tenants = connection.execute(query.where(REMITTANCES.c.learned > 0).group_by(REMITTANCES.c.tenant)).all()
    return [newest for tenant, newest, there in tenants if there > remittances_learned(connection, tenant)]
