"""Dates (DTE): one edit a module."""

from scrubber.edits.dates.date_span_on_single_day_service import date_span_on_single_day_service
from scrubber.edits.dates.onset_or_initial_treatment_after_service import (
    onset_or_initial_treatment_after_service,
)
from scrubber.edits.dates.service_before_birth import service_before_birth
from scrubber.edits.dates.service_date_in_future import service_date_in_future
from scrubber.edits.dates.service_dates_reversed import service_dates_reversed
from scrubber.edits.dates.timely_filing_exceeded import timely_filing_exceeded
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (
    service_date_in_future,
    service_dates_reversed,
    service_before_birth,
    timely_filing_exceeded,
    onset_or_initial_treatment_after_service,
    date_span_on_single_day_service,
)
