"""Guidance for M53.8x and its neighbours (GDE): one edit a module."""

from scrubber.edits.guidance.acute_injury_coded_as_dorsopathy import acute_injury_coded_as_dorsopathy
from scrubber.edits.guidance.anatomic_level_not_documented import anatomic_level_not_documented
from scrubber.edits.guidance.cervicocranial_syndrome_documented import cervicocranial_syndrome_documented
from scrubber.edits.guidance.conservative_care_not_documented import conservative_care_not_documented
from scrubber.edits.guidance.deformity_documented import deformity_documented
from scrubber.edits.guidance.disc_disorder_documented import disc_disorder_documented
from scrubber.edits.guidance.imaging_not_documented import imaging_not_documented
from scrubber.edits.guidance.radiculopathy_documented import radiculopathy_documented
from scrubber.edits.guidance.site_unspecified_sibling_used import site_unspecified_sibling_used
from scrubber.edits.guidance.sole_diagnosis_for_manipulation import sole_diagnosis_for_manipulation
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (
    cervicocranial_syndrome_documented,
    radiculopathy_documented,
    deformity_documented,
    disc_disorder_documented,
    acute_injury_coded_as_dorsopathy,
    anatomic_level_not_documented,
    imaging_not_documented,
    conservative_care_not_documented,
    site_unspecified_sibling_used,
    sole_diagnosis_for_manipulation,
)
