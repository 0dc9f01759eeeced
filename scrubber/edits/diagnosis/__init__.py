"""Diagnosis coding (DX): one edit a module."""

from scrubber.edits.diagnosis.diagnosis_conflicts_with_age import diagnosis_conflicts_with_age
from scrubber.edits.diagnosis.diagnosis_conflicts_with_sex import diagnosis_conflicts_with_sex
from scrubber.edits.diagnosis.diagnosis_not_billable import diagnosis_not_billable
from scrubber.edits.diagnosis.diagnosis_not_valid_on_service_date import diagnosis_not_valid_on_service_date
from scrubber.edits.diagnosis.diagnosis_unknown import diagnosis_unknown
from scrubber.edits.diagnosis.excludes1_conflict import excludes1_conflict
from scrubber.edits.diagnosis.external_cause_first_listed import external_cause_first_listed
from scrubber.edits.diagnosis.injury_phase_conflict import injury_phase_conflict
from scrubber.edits.diagnosis.manifestation_code_first_listed import manifestation_code_first_listed
from scrubber.edits.diagnosis.other_diagnosis_not_billable import other_diagnosis_not_billable
from scrubber.edits.diagnosis.seventh_character_missing import seventh_character_missing
from scrubber.edits.diagnosis.seventh_character_not_allowed import seventh_character_not_allowed
from scrubber.edits.diagnosis.unacceptable_first_listed_diagnosis import unacceptable_first_listed_diagnosis
from scrubber.edits.diagnosis.underlying_condition_missing import underlying_condition_missing
from scrubber.edits.diagnosis.unspecified_code_where_specific_exists import (
    unspecified_code_where_specific_exists,
)
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (
    diagnosis_unknown,
    diagnosis_not_valid_on_service_date,
    diagnosis_not_billable,
    seventh_character_missing,
    seventh_character_not_allowed,
    excludes1_conflict,
    manifestation_code_first_listed,
    underlying_condition_missing,
    external_cause_first_listed,
    unacceptable_first_listed_diagnosis,
    diagnosis_conflicts_with_age,
    diagnosis_conflicts_with_sex,
    unspecified_code_where_specific_exists,
    injury_phase_conflict,
    other_diagnosis_not_billable,
)
