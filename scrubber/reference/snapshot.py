"""The reference snapshot: every dated table the edits look into, as one value.

A table that is not loaded is None, and the edits that need it are *not evaluated*; it never reads as an empty table.
Two clocks: lookups take the **service date** and pick the row that applied on it; ``editions`` says what was known
when the snapshot was built.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date

from scrubber.reference.code_notes import CodeNotes
from scrubber.reference.codes import CodeSet
from scrubber.reference.container import Sections
from scrubber.reference.coverage import Coverage
from scrubber.reference.denial_codes import DenialCodes
from scrubber.reference.denial_priors import DenialPriors
from scrubber.reference.fee_schedule import FeeSchedule, read_fee_table
from scrubber.reference.hcpcs import HcpcsCodes, read_hcpcs_table
from scrubber.reference.icd10cm import Icd10cm
from scrubber.reference.jurisdictions import Jurisdictions
from scrubber.reference.ncci import (
    AddOns,
    Edition,
    Editions,
    PairModifiers,
    Pairs,
    PairTable,
    UnitLimits,
    read_add_on_table,
    read_unit_table,
)
from scrubber.reference.payers import Payers


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The tables, the editions they come from, and the day that counts as today (``as_of``)."""

    as_of: date
    digest: str = "none"
    editions: Mapping[str, str]
    payers: Payers
    icd10cm: Icd10cm | None = None
    coverage: Coverage | None = None
    jurisdictions: Jurisdictions | None = None
    place_of_service: CodeSet | None = None
    taxonomy: CodeSet | None = None
    code_notes: CodeNotes | None = None
    ptp: Pairs | None = None
    mue: UnitLimits | None = None
    add_on: AddOns | None = None
    ncci_modifiers: PairModifiers | None = None
    fee_schedule: FeeSchedule | None = None
    hcpcs: HcpcsCodes | None = None
    therapy_codes: CodeSet | None = None
    clia_tests: CodeSet | None = None
    modifiers: CodeSet | None = None
    denial_priors: DenialPriors | None = None
    denial_codes: DenialCodes | None = None

    def on(self, as_of: date) -> "Snapshot":
        """The same tables with another day as today."""
        return self if as_of == self.as_of else replace(self, as_of=as_of)


def newest_editions(snapshot: Snapshot) -> dict[str, Edition]:
    """For each table with editions: the newest."""
    tables = {field.name: getattr(snapshot, field.name) for field in fields(snapshot)}
    return {
        name: table.newest
        for name, table in tables.items()
        if isinstance(table, Editions | Icd10cm | Jurisdictions)
    }


def read_snapshot(sections: Sections, payers: Payers, as_of: date) -> Snapshot:
    """The snapshot in opened sections; a table whose sections are missing is not loaded."""
    jurisdictions = Jurisdictions.read(sections) if "jurisdictions" in sections else None
    return Snapshot(
        as_of=as_of,
        digest=sections.digest,
        editions=sections.editions,
        payers=payers.placed_by(jurisdictions),
        icd10cm=Icd10cm.read(sections) if "icd10cm" in sections else None,
        coverage=Coverage.read(sections) if "coverage" in sections else None,
        jurisdictions=jurisdictions,
        place_of_service=CodeSet.read(sections, "place_of_service")
        if "place_of_service" in sections
        else None,
        code_notes=CodeNotes.read(sections) if "code_notes" in sections else None,
        taxonomy=CodeSet.read(sections, "taxonomy") if "taxonomy" in sections else None,
        ptp=Pairs.read(sections, "ptp", PairTable) if "ptp" in sections else None,
        mue=UnitLimits.read(sections, "mue", read_unit_table) if "mue" in sections else None,
        add_on=AddOns.read(sections, "add_on", read_add_on_table) if "add_on" in sections else None,
        ncci_modifiers=PairModifiers.read(sections) if "ncci_modifiers" in sections else None,
        fee_schedule=FeeSchedule.read(sections, "fee_schedule", read_fee_table)
        if "fee_schedule" in sections
        else None,
        hcpcs=HcpcsCodes.read(sections, "hcpcs", read_hcpcs_table) if "hcpcs" in sections else None,
        therapy_codes=CodeSet.read(sections, "therapy_codes") if "therapy_codes" in sections else None,
        clia_tests=CodeSet.read(sections, "clia_tests") if "clia_tests" in sections else None,
        modifiers=CodeSet.read(sections, "modifiers") if "modifiers" in sections else None,
        denial_priors=DenialPriors.read(sections) if "denial_priors" in sections else None,
        denial_codes=DenialCodes.read(sections) if "denial_codes" in sections else None,
    )
