"""Claim form and identifiers (CLM): one edit a module."""

from scrubber.edits.claim_form.accident_date_missing import accident_date_missing
from scrubber.edits.claim_form.birth_date_missing_or_future import birth_date_missing_or_future
from scrubber.edits.claim_form.charge_not_positive import charge_not_positive
from scrubber.edits.claim_form.clia_number_missing import clia_number_missing
from scrubber.edits.claim_form.diagnosis_pointer_missing_or_out_of_range import (
    diagnosis_pointer_missing_or_out_of_range,
)
from scrubber.edits.claim_form.diagnosis_repeated import diagnosis_repeated
from scrubber.edits.claim_form.mammography_certification_missing import mammography_certification_missing
from scrubber.edits.claim_form.member_id_malformed import member_id_malformed
from scrubber.edits.claim_form.more_than_fifty_lines import more_than_fifty_lines
from scrubber.edits.claim_form.more_than_twelve_diagnoses import more_than_twelve_diagnoses
from scrubber.edits.claim_form.npi_check_digit_wrong import npi_check_digit_wrong
from scrubber.edits.claim_form.npi_missing import npi_missing
from scrubber.edits.claim_form.place_of_service_unknown_or_not_valid_on_date import (
    place_of_service_unknown_or_not_valid_on_date,
)
from scrubber.edits.claim_form.referring_provider_missing import referring_provider_missing
from scrubber.edits.claim_form.replacement_without_original_reference import (
    replacement_without_original_reference,
)
from scrubber.edits.claim_form.sex_code_invalid import sex_code_invalid
from scrubber.edits.claim_form.state_or_zip_malformed import state_or_zip_malformed
from scrubber.edits.claim_form.tax_id_malformed import tax_id_malformed
from scrubber.edits.claim_form.taxonomy_unknown import taxonomy_unknown
from scrubber.edits.claim_form.total_charge_differs_from_lines import total_charge_differs_from_lines
from scrubber.edits.claim_form.units_not_positive_or_fractional_where_not_allowed import (
    units_not_positive_or_fractional_where_not_allowed,
)
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (
    npi_check_digit_wrong,
    npi_missing,
    taxonomy_unknown,
    tax_id_malformed,
    member_id_malformed,
    birth_date_missing_or_future,
    sex_code_invalid,
    total_charge_differs_from_lines,
    charge_not_positive,
    units_not_positive_or_fractional_where_not_allowed,
    more_than_twelve_diagnoses,
    more_than_fifty_lines,
    diagnosis_repeated,
    diagnosis_pointer_missing_or_out_of_range,
    replacement_without_original_reference,
    accident_date_missing,
    place_of_service_unknown_or_not_valid_on_date,
    referring_provider_missing,
    state_or_zip_malformed,
    clia_number_missing,
    mammography_certification_missing,
)
