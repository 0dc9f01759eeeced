"""What a rule may ask about: a fixed list, each with its type, unit and meaning, and how it is read.

A rule that asks anything of a service line, or the patient's age, judges each line; any other judges the claim once, on
the first day of service. A subject of claim history is counted up to the line (rule.Counting) and not read.
"""

from collections.abc import Callable
from datetime import date
from typing import TypeAlias

from msgspec import Struct

from scrubber.claim import (
    Claim,
    Location,
    ServiceLine,
    initial_treatment,
    pointed_diagnoses,
    rendering_taxonomy,
)
from scrubber.claim import place_of_service as place_of_line
from scrubber.claim.amounts import charge_of
from scrubber.payers import notation
from scrubber.payers.notation import Notation
from scrubber.payers.operators import Either, Type
from scrubber.reference import Payers
from scrubber.reference.limits import Count

Read: TypeAlias = Callable[[Claim, ServiceLine, Payers], object]


class Subject(Struct, frozen=True, kw_only=True):
    """Something a rule may ask about.

    ``field`` is where a finding about it points, in the line if ``of_line``, else in the claim. ``shown``: a message
    may say it. ``always``: it is never missing, so a question of it always has an answer.
    """

    name: str
    type: Type
    meaning: str
    read: Read
    field: Location
    of_line: bool = False
    notation: Notation | None = None
    unit: str | None = None
    shown: bool = True
    always: bool = False


def whole_years(born: date, on: date) -> int:
    """The age in whole years on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _profile(claim: Claim, line: ServiceLine, payers: Payers) -> str | Either:
    first, *others = (profile.id for profile in payers.profiles_at(claim, line))
    return Either((first, *others)) if others else first


def _days(since: date | None, line: ServiceLine) -> int | None:
    return None if since is None else (line.service_date - since).days


def _last_x_ray(claim: Claim, line: ServiceLine) -> date | None:
    return (line.dates.last_x_ray if line.dates else None) or claim.dates.last_x_ray


def _age(claim: Claim, line: ServiceLine) -> int | None:
    born = claim.patient.birth_date
    return None if born is None or born > line.service_date else whole_years(born, line.service_date)


def _primary(claim: Claim, line: ServiceLine) -> str | None:
    return next(iter(pointed_diagnoses(claim, line)), None)


def _others_of_the_day(claim: Claim, line: ServiceLine) -> tuple[str, ...]:
    that_day = [other.procedure for other in claim.lines if other.service_date == line.service_date]
    that_day.remove(line.procedure)
    return tuple(that_day)


def _referred(claim: Claim, line: ServiceLine) -> bool:
    return any(
        provider is not None and bool(provider.npi or provider.name)
        for provider in (line.referring_provider, claim.referring_provider)
    )


def _state(claim: Claim) -> str | None:
    address = claim.billing_provider.address
    return address.state if address else None


SUBJECTS = {
    subject.name: subject
    for subject in (
        Subject(
            name="payer.profile",
            type=Type.CODE,
            meaning="Which payer the claim is for, of Medicare the contractor (MAC) of the place of service: the id of "
            "a folder in payer_rules, or `unknown`. A payer that others inherit from stands for them too.",
            read=_profile,
            field=("payer",),
            notation=notation.PROFILE,
        ),
        Subject(
            name="payer.program",
            type=Type.CODE,
            meaning="The program of that payer as its payer.yaml says, or `unknown`.",
            read=lambda claim, _line, payers: payers.profile(claim).program,
            field=("payer",),
            notation=notation.PROGRAM,
            always=True,
        ),
        Subject(
            name="payer.id",
            type=Type.CODE,
            meaning="The payer id on the claim.",
            read=lambda claim, _line, _payers: claim.payer.id,
            field=("payer", "id"),
            notation=notation.PAYER_ID,
        ),
        Subject(
            name="payer.claim_filing_indicator",
            type=Type.CODE,
            meaning="The claim filing indicator (837P SBR09).",
            read=lambda claim, _line, _payers: claim.payer.claim_filing_indicator,
            field=("payer", "claim_filing_indicator"),
            notation=notation.FILING_INDICATOR,
        ),
        Subject(
            name="claim.diagnoses",
            type=Type.CODES,
            meaning="Every diagnosis of the claim, whether a line points to it or not.",
            read=lambda claim, _line, _payers: claim.diagnoses,
            field=("diagnoses",),
            notation=notation.DIAGNOSIS,
            always=True,
        ),
        Subject(
            name="claim.procedures",
            type=Type.CODES,
            meaning="The procedures of all lines.",
            read=lambda claim, _line, _payers: tuple([line.procedure for line in claim.lines]),
            field=("lines",),
            notation=notation.PROCEDURE,
            always=True,
        ),
        Subject(
            name="claim.line_count",
            type=Type.NUMBER,
            meaning="How many service lines the claim has.",
            unit="lines",
            read=lambda claim, _line, _payers: len(claim.lines),
            field=("lines",),
            always=True,
        ),
        Subject(
            name="claim.total_charge",
            type=Type.NUMBER,
            meaning="The charge of the claim: as stated, else the sum of its lines.",
            unit="US dollars",
            read=lambda claim, _line, _payers: charge_of(claim),
            field=("total_charge",),
            always=True,
        ),
        Subject(
            name="claim.frequency_code",
            type=Type.CODE,
            meaning="What the claim is: 1 original, 7 replacement, 8 void.",
            read=lambda claim, _line, _payers: claim.frequency_code,
            field=("frequency_code",),
            notation=notation.FREQUENCY,
        ),
        Subject(
            name="claim.related_causes",
            type=Type.CODES,
            meaning="What the condition is related to: AA auto accident, EM employment, OA other accident.",
            read=lambda claim, _line, _payers: claim.related_causes,
            field=("related_causes",),
            notation=notation.RELATED_CAUSE,
            always=True,
        ),
        Subject(
            name="claim.prior_authorization",
            type=Type.STATED,
            meaning="Whether the claim has a prior authorization number.",
            read=lambda claim, _line, _payers: bool(claim.prior_authorization),
            field=("prior_authorization",),
            shown=False,
            always=True,
        ),
        Subject(
            name="line.procedure",
            type=Type.CODE,
            meaning="The procedure of the line.",
            read=lambda _claim, line, _payers: line.procedure,
            field=("procedure",),
            of_line=True,
            notation=notation.PROCEDURE,
            always=True,
        ),
        Subject(
            name="line.modifiers",
            type=Type.CODES,
            meaning="The modifiers of the line.",
            read=lambda _claim, line, _payers: line.modifiers,
            field=("modifiers",),
            of_line=True,
            notation=notation.MODIFIER,
            always=True,
        ),
        Subject(
            name="line.diagnoses",
            type=Type.CODES,
            meaning="The diagnoses the line points to.",
            read=lambda claim, line, _payers: pointed_diagnoses(claim, line),
            field=("diagnosis_pointers",),
            of_line=True,
            notation=notation.DIAGNOSIS,
            always=True,
        ),
        Subject(
            name="line.primary_diagnosis",
            type=Type.CODE,
            meaning="The first diagnosis the line points to.",
            read=lambda claim, line, _payers: _primary(claim, line),
            field=("diagnosis_pointers",),
            of_line=True,
            notation=notation.DIAGNOSIS,
        ),
        Subject(
            name="line.other_procedures_same_day",
            type=Type.CODES,
            meaning="The procedures of the claim's other lines with the same first day of service.",
            read=lambda claim, line, _payers: _others_of_the_day(claim, line),
            field=("procedure",),
            of_line=True,
            notation=notation.PROCEDURE,
            always=True,
        ),
        Subject(
            name="line.place_of_service",
            type=Type.CODE,
            meaning="Where the service was given: the line's place of service, else the claim's.",
            read=lambda claim, line, _payers: place_of_line(claim, line),
            field=("place_of_service",),
            of_line=True,
            notation=notation.PLACE_OF_SERVICE,
        ),
        Subject(
            name="line.units",
            type=Type.NUMBER,
            meaning="The units billed on the line.",
            unit="units as billed",
            read=lambda _claim, line, _payers: line.units,
            field=("units",),
            of_line=True,
            always=True,
        ),
        Subject(
            name="line.charge",
            type=Type.NUMBER,
            meaning="The charge of the whole line.",
            unit="US dollars",
            read=lambda _claim, line, _payers: line.charge,
            field=("charge",),
            of_line=True,
            always=True,
        ),
        Subject(
            name="line.service_date",
            type=Type.DATE,
            meaning="The first day of service of the line.",
            read=lambda _claim, line, _payers: line.service_date,
            field=("service_date",),
            of_line=True,
            always=True,
        ),
        Subject(
            name="line.days_since_initial_treatment",
            type=Type.NUMBER,
            meaning="From the first treatment (the line's date, else the claim's) to the service.",
            unit="days",
            read=lambda claim, line, _payers: _days(initial_treatment(claim, line), line),
            field=("service_date",),
            of_line=True,
        ),
        Subject(
            name="line.days_since_last_x_ray",
            type=Type.NUMBER,
            meaning="From the last X-ray (the line's date, else the claim's) to the service; below 0 if it came after.",
            unit="days",
            read=lambda claim, line, _payers: _days(_last_x_ray(claim, line), line),
            field=("service_date",),
            of_line=True,
        ),
        Subject(
            name="line.days_since_onset",
            type=Type.NUMBER,
            meaning="From the onset of the illness (the claim's date) to the service.",
            unit="days",
            read=lambda claim, line, _payers: _days(claim.dates.onset, line),
            field=("service_date",),
            of_line=True,
        ),
        Subject(
            name="line.prior_authorization",
            type=Type.STATED,
            meaning="Whether the line, or else the claim, has a prior authorization number.",
            read=lambda claim, line, _payers: bool(line.prior_authorization or claim.prior_authorization),
            field=("prior_authorization",),
            of_line=True,
            shown=False,
            always=True,
        ),
        Subject(
            name="line.referring_provider",
            type=Type.STATED,
            meaning="Whether the line, or else the claim, names a referring provider.",
            read=lambda claim, line, _payers: _referred(claim, line),
            field=("referring_provider",),
            of_line=True,
            shown=False,
            always=True,
        ),
        Subject(
            name="line.ndc",
            type=Type.STATED,
            meaning="Whether the line has a national drug code.",
            read=lambda _claim, line, _payers: bool(line.ndc),
            field=("ndc",),
            of_line=True,
            shown=False,
            always=True,
        ),
        Subject(
            name="patient.age_on_service_date",
            type=Type.NUMBER,
            meaning="The patient's age on the day of the service.",
            unit="whole years",
            read=lambda claim, line, _payers: _age(claim, line),
            field=("service_date",),
            of_line=True,
            shown=False,
        ),
        Subject(
            name="patient.sex",
            type=Type.CODE,
            meaning="The patient's sex as on the claim: F, M or U.",
            read=lambda claim, _line, _payers: claim.patient.sex,
            field=("patient", "sex"),
            notation=notation.SEX,
            shown=False,
        ),
        Subject(
            name="provider.taxonomy",
            type=Type.CODE,
            meaning="The specialty of who gave the service: the line's provider, the claim's, else the biller.",
            read=lambda claim, line, _payers: rendering_taxonomy(claim, line),
            field=("rendering_provider",),
            of_line=True,
            notation=notation.TAXONOMY,
        ),
        Subject(
            name="provider.billing_taxonomy",
            type=Type.CODE,
            meaning="The specialty of the billing provider.",
            read=lambda claim, _line, _payers: claim.billing_provider.taxonomy,
            field=("billing_provider", "taxonomy"),
            notation=notation.TAXONOMY,
        ),
        Subject(
            name="provider.state",
            type=Type.CODE,
            meaning="The state of the billing provider's address.",
            read=lambda claim, _line, _payers: _state(claim),
            field=("billing_provider", "address", "state"),
            notation=notation.STATE,
        ),
        *(
            Subject(
                name=f"history.{count}",
                type=Type.COUNT,
                meaning=f"{meaning} that the member had, up to the line and with it.",
                read=lambda _claim, _line, _payers: None,
                field=("procedure",),
                of_line=True,
                unit=unit,
            )
            for count, meaning, unit in (
                (Count.VISITS, "The distinct days of service", "days"),
                (Count.UNITS, "The units billed", "units as billed"),
                (Count.SERVICES, "The service lines", "lines"),
                (Count.CHARGES, "The charges", "US dollars"),
            )
        ),
    )
}
"""Every subject, by name, in the order of the docs."""
