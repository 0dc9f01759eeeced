"""X12 files: claims from 837P, and what is wrong with their structure."""

from scrubber.intake.x12.faults import Fault
from scrubber.intake.x12.files import read_837, read_x12
from scrubber.intake.x12.tokenizer import is_x12

__all__ = ["Fault", "is_x12", "read_837", "read_x12"]
