"""The codes of the Medicare chiropractic benefit."""

REGIONS = ("M9900", "M9901", "M9902", "M9903", "M9904", "M9905")
"""Subluxation by region of the spine: head, cervical, thoracic, lumbar, sacral, pelvic."""

NOTICE_OR_EXCLUSION = frozenset({"GA", "GX", "GY", "GZ"})
"""Modifiers that tell of a notice to the patient, or that the service is billed for a denial."""
