"""Procedure coding (PX): one edit a module."""

from scrubber.edits.procedure.not_payable_in_this_setting import not_payable_in_this_setting
from scrubber.edits.procedure.procedure_not_valid_on_service_date import procedure_not_valid_on_service_date
from scrubber.edits.procedure.procedure_status_not_payable_by_medicare import (
    procedure_status_not_payable_by_medicare,
)
from scrubber.edits.procedure.procedure_unknown import procedure_unknown
from scrubber.edits.procedure.professional_technical_split_wrong import professional_technical_split_wrong
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (
    procedure_unknown,
    procedure_not_valid_on_service_date,
    procedure_status_not_payable_by_medicare,
    professional_technical_split_wrong,
    not_payable_in_this_setting,
)
