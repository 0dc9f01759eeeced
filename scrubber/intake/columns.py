"""The columns of a CSV file of claims: what each is called, where in a claim it belongs, how a cell is written.

Data and notation only; ``delimited`` reads the rows.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from scrubber.claim import Location

Cell: TypeAlias = str | bool | tuple[str, ...]
"""What a cell holds, as the JSON of a claim would have it."""

Reader: TypeAlias = Callable[[str], Cell] | None
"""How a cell is read; None where it is taken as it is. Raises CellInvalid."""


class CellInvalid(Exception):
    """A cell is not written in a way that can be read without guessing. The message says what is expected."""


class Column(Struct, frozen=True):
    """A column. ``path`` is the place of its value in a claim, or in a service line.

    ``of`` says whose it is: the claim's (all rows of a claim say the same), the line's, or ``either``: the first
    row of a claim has it for the claim, a further row that says otherwise has it for its line.
    """

    name: str
    path: Location
    of: Literal["claim", "line", "either"]
    read: Reader


@lru_cache(4096)
def date(cell: str) -> str:
    """``2026-03-02``, ``20260302`` and ``3/2/2026`` → ``2026-03-02``; midnight behind it is left out."""
    if not (found := _DATE.fullmatch(cell)):
        raise CellInvalid("Expected a date as 2026-03-02, 20260302 or 3/2/2026 (month first).")
    if found["month_first"]:
        return f"{found['year']}-{found['month']:0>2}-{found['day']:0>2}"
    return f"{cell[:4]}-{cell[4:6]}-{cell[6:8]}" if cell.isdecimal() else cell[:10]


def amount(cell: str) -> str:
    """``45``, ``45.00``, ``$1,234.50``, ``45.0000`` → ``45``, ``45.00``, ``1234.50``, ``45.00``."""
    if cell[-3:-2] == "." and cell[:-3].isdecimal():
        return cell
    plain = cell.removeprefix("$").lstrip()
    if "," in plain:
        if not _THOUSANDS.fullmatch(plain):
            raise CellInvalid("Expected an amount as 1234.50; a comma is read before three digits only.")
        plain = plain.replace(",", "")
    return _ZEROS.sub(r"\1", plain)


def number(cell: str) -> str:
    """``1``, ``1.5``, ``1.0000`` → ``1``, ``1.5``, ``1.00``."""
    if cell.isdecimal():
        return cell
    if "," in cell:
        raise CellInvalid("Expected a number as 1.5; a decimal comma is not read.")
    return _ZEROS.sub(r"\1", cell)


def flag(cell: str) -> bool:
    """``yes``, ``true``, ``1`` and their opposites."""
    says = cell.lower()
    if says not in _YES and says not in _NO:
        raise CellInvalid("Expected yes or no.")
    return says in _YES


@lru_cache(4096)
def several(cell: str) -> tuple[str, ...]:
    """Codes in one cell with anything usual between them."""
    return tuple(code for code in _BETWEEN.split(cell) if code)


@lru_cache(4096)
def pointers(cell: str) -> tuple[str, ...]:
    """``1,2``, ``A,B`` and ``AB`` → the pointers one by one."""
    found: list[str] = []
    for pointer in several(cell):
        if not _POINTER.fullmatch(pointer):
            raise CellInvalid("Expected diagnosis pointers as 1,2 or A,B or AB.")
        found.extend([pointer] if pointer.isdecimal() else pointer)
    return tuple(found)


_DATE = re.compile(
    r"[0-9]{8}"
    r"|(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|(?P<month_first>(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})))"
    r"(?:[ T]0?0:00(?::00(?:\.0+)?)?| 12:00(?::00)? ?AM)?"
)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_ZEROS = re.compile(r"(?<=[0-9])(\.[0-9]{2})0+$")
_BETWEEN = re.compile(r"[\s,;:|/]+")
_POINTER = re.compile(r"[0-9]{1,2}|[A-La-l]+")
_YES: Final = frozenset({"yes", "y", "true", "1"})
_NO: Final = frozenset({"no", "n", "false", "0"})


def _claim(name: str, *path: str | int, read: Reader = None) -> Column:
    return Column(name, path, "claim", read)


def _line(name: str, *path: str | int, read: Reader = None) -> Column:
    return Column(name, path or (name,), "line", read)


def _either(name: str, *path: str, read: Reader = None) -> Column:
    return Column(name, path or (name,), "either", read)


def _provider(role: str, field: str, of: Literal["claim", "line", "either"]) -> tuple[Column, ...]:
    return (
        *(
            Column(f"{role}_{name}", (field, name), of, None)
            for name in ("npi", "taxonomy", "tax_id", "name")
        ),
        *(Column(f"{role}_{name}", (field, "address", name), of, None) for name in ("state", "zip")),
    )


_CLAIM_DATES: Final = (
    "onset", "accident", "received", "acute_manifestation", "last_menstrual_period", "first_contact", "disability_from",
    "disability_to", "last_worked", "return_to_work", "admission", "discharge", "assumed_care", "relinquished_care",
)  # fmt: skip

_COLUMNS: Final = (
    _claim("claim_id", "claim_id"),
    _claim("payer_id", "payer", "id"),
    _claim("payer_name", "payer", "name"),
    _claim("claim_filing_indicator", "payer", "claim_filing_indicator"),
    _claim("payer_responsibility", "payer", "responsibility"),
    _claim("insurance_type", "payer", "insurance_type"),
    _claim("member_id", "subscriber", "id"),
    _claim("relationship", "subscriber", "relationship"),
    _claim("birth_date", "patient", "birth_date", read=date),
    _claim("sex", "patient", "sex"),
    *_provider("billing", "billing_provider", "claim"),
    _claim("pay_to_state", "pay_to_address", "state"),
    _claim("pay_to_zip", "pay_to_address", "zip"),
    *_provider("rendering", "rendering_provider", "either"),
    *_provider("referring", "referring_provider", "either"),
    *_provider("supervising", "supervising_provider", "either"),
    *_provider("ordering", "ordering_provider", "line"),
    *_provider("facility", "service_facility", "either"),
    _either("place_of_service"),
    _claim("frequency_code", "frequency_code"),
    _claim("original_reference", "original_reference"),
    _either("prior_authorization"),
    _either("referral_number"),
    _either("clia_number"),
    _either("mammography_certification"),
    *(
        _either(f"{name}_date", "dates", name, read=date)
        for name in ("initial_treatment", "last_x_ray", "last_seen", "prescription")
    ),
    *(_claim(f"{name}_date", "dates", name, read=date) for name in _CLAIM_DATES),
    _claim("related_causes", "related_causes", read=several),
    _claim("accident_state", "accident_state"),
    _claim("accept_assignment", "accept_assignment"),
    _claim("delay_reason", "delay_reason"),
    _claim("patient_condition", "patient_condition"),
    _claim("patient_paid", "patient_paid", read=amount),
    _claim("total_charge", "total_charge", read=amount),
    _claim("investigational_device_exemption", "investigational_device_exemption"),
    _claim("service_authorization_exception", "service_authorization_exception"),
    _claim("demonstration_project", "demonstration_project"),
    _claim("clearinghouse_trace", "clearinghouse_trace"),
    _claim("claim_note", "note"),
    _claim("spinal_level", "documentation", "spinal_level"),
    _claim("imaging", "documentation", "imaging"),
    _claim("conservative_care", "documentation", "conservative_care", read=flag),
    _claim("injury_phase", "documentation", "injury_phase"),
    _claim("documented_findings", "documentation", "findings", read=several),
    _claim("diagnoses", "diagnoses", read=several),
    *(_claim(f"diagnosis_{number}", "diagnoses", number - 1) for number in range(1, 13)),
    _line("procedure"),
    _line("modifiers", read=several),
    *(_line(f"modifier_{number}", "modifiers", number - 1) for number in range(1, 5)),
    _line("diagnosis_pointers", read=pointers),
    _line("service_date", read=date),
    _line("service_date_to", read=date),
    _line("charge", read=amount),
    _line("units", read=number),
    _line("unit_basis"),
    _line("description"),
    _line("ndc"),
    _line("ndc_quantity", read=number),
    _line("ndc_unit"),
    _line("line_control_number", "control_number"),
    _line("line_note", "note"),
)

COLUMNS: Final = {column.name: column for column in _COLUMNS}
"""The columns by name, in the order of the documentation."""

NEEDED: Final = ("claim_id", "procedure", "service_date", "charge")
"""The columns without which there is no claim."""

MEANT: Final = {
    "account": "claim_id", "claim_number": "claim_id", "cpt": "procedure", "cpt_code": "procedure",
    "hcpcs": "procedure", "procedure_code": "procedure", "code": "procedure", "dob": "birth_date",
    "date_of_birth": "birth_date", "gender": "sex", "dos": "service_date", "date_of_service": "service_date",
    "from_date": "service_date", "service_date_from": "service_date", "to_date": "service_date_to",
    "pos": "place_of_service", "charges": "charge", "amount": "charge", "billed_amount": "charge", "quantity": "units",
    "qty": "units", "modifier": "modifiers", "mod_1": "modifier_1", "mod1": "modifier_1", "diagnosis": "diagnoses",
    "dx": "diagnoses", "icd_10": "diagnoses", "dx_1": "diagnosis_1", "dx1": "diagnosis_1",
    "pointers": "diagnosis_pointers", "npi": "billing_npi", "tax_id": "billing_tax_id", "subscriber_id": "member_id",
    "insurance_id": "member_id", "payer": "payer_name", "zip": "billing_zip", "state": "billing_state",
}  # fmt: skip
"""What others call our columns. For the error message only: a guess is not read."""


def plain(name: str) -> str:
    """The name of a column without what does not matter: ``" Claim ID"`` → ``"claim_id"``."""
    return re.sub(r"[^0-9a-z]+", "_", name.lower()).strip("_")
