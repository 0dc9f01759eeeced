"""The page of a procedure code: what Medicare's tables say of it on a day. Bare codes, no descriptors."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from scrubber.reference.fee_schedule import FeeRow
from scrubber.reference.ncci import AddOn, UnitLimit
from scrubber.reference.procedure_codes import State, standing
from scrubber.reference.snapshot import Snapshot


class FeeIndicators(Struct, frozen=True, kw_only=True):
    """What the physician fee schedule says of a code, and the edition that tells it, with its age.

    The indicators are as the file writes them. The amounts are national, before the locality adjustment, for one unit;
    None where the schedule sets none.
    """

    status: str
    pc_tc: str
    global_days: str
    multiple: str
    bilateral: str
    assistant: str
    co_surgeon: str
    team: str
    allowed_in_office: Decimal | None
    allowed_in_facility: Decimal | None
    edition: str


class JudgingArticle(Struct, frozen=True, kw_only=True):
    """An article that judges the code, in its revision of the day."""

    mac: str
    article: str
    version: int
    title: str
    edition: str
    url: str


class ProcedurePage(Struct, frozen=True, kw_only=True):
    """Everything the snapshot knows of a CPT or HCPCS code on a day.

    ``limit`` is the first or last day that ``state`` speaks of, ``told_by`` the edition that tells it. A part is None
    where its table has nothing of the code, or is not loaded, which ``not_loaded`` tells.
    """

    code: str
    on: date
    state: State
    limit: date | None
    told_by: str | None
    fee_schedule: FeeIndicators | None
    unit_limit: UnitLimit | None
    add_on: AddOn | None
    always_therapy: bool | None
    articles: tuple[JudgingArticle, ...] | None
    not_loaded: tuple[str, ...]


def procedure_page(reference: Snapshot, code: str, on: date) -> ProcedurePage | None:
    """The page of a code; None for what is no procedure code, or none on no day by the tables at hand.

    Raises LookupError where neither the fee schedule nor the HCPCS codes are loaded.
    """
    schedule, units, add_ons = reference.fee_schedule, reference.mue, reference.add_on
    if schedule is None and reference.hcpcs is None:
        raise LookupError("neither the fee schedule nor the HCPCS codes are loaded")
    code = code.strip().upper()
    stands = standing(code, on, reference)
    if stands.state in {State.MALFORMED, State.UNKNOWN}:
        return None
    entry = schedule.entry(code, on) if schedule is not None else None
    therapy = reference.therapy_codes
    return ProcedurePage(
        code=code,
        on=on,
        state=stands.state,
        limit=stands.limit,
        told_by=stands.edition,
        fee_schedule=_indicators(entry.row, entry.edition) if entry is not None else None,
        unit_limit=units.limit(code, on) if units is not None else None,
        add_on=add_ons.add_on(code, on) if add_ons is not None else None,
        always_therapy=therapy.valid(code, on) if therapy is not None else None,
        articles=_judging(reference, code, on),
        not_loaded=tuple(
            name
            for name in ("fee_schedule", "hcpcs", "mue", "add_on", "therapy_codes", "coverage")
            if getattr(reference, name) is None
        ),
    )


def _indicators(row: FeeRow, edition: str) -> FeeIndicators:
    return FeeIndicators(
        status=row.status,
        pc_tc=row.pc_tc,
        global_days=row.global_days,
        multiple=row.multiple,
        bilateral=row.bilateral,
        assistant=row.assistant,
        co_surgeon=row.co_surgeon,
        team=row.team,
        allowed_in_office=_dollars(row.allowed(facility=False)),
        allowed_in_facility=_dollars(row.allowed(facility=True)),
        edition=edition,
    )


def _dollars(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents).scaleb(-2)


def _judging(reference: Snapshot, code: str, on: date) -> tuple[JudgingArticle, ...] | None:
    coverage = reference.coverage
    if coverage is None:
        return None
    articles = (coverage.article(id_, on) for id_ in coverage.judging(code))
    return tuple(
        JudgingArticle(
            mac=article.ref.mac,
            article=article.ref.id,
            version=article.ref.version,
            title=article.ref.title,
            edition=article.ref.edition,
            url=article.ref.url,
        )
        for article in articles
        if article is not None and article.judges(code)
    )
