"""X12 files: claims from 837P, and what is wrong with their structure."""

from scrubber.intake.x12.faults import Fault
from scrubber.intake.x12.files import read_837, read_x12

__all__ = ["Fault", "read_837", "read_x12"]
