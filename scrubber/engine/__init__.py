"""Plan, run, explain. Knows no edit by name: bootstrap hands it the catalogue. Pure."""

from scrubber.engine.explain import explain
from scrubber.engine.result import Disposition, Explained, ReferenceUsed, Result, WaivedFinding
from scrubber.engine.run import Engine, build_engine, finding_of, scrub
from scrubber.engine.waivers import Waiver

__all__ = [
    "Disposition",
    "Engine",
    "Explained",
    "ReferenceUsed",
    "Result",
    "WaivedFinding",
    "Waiver",
    "build_engine",
    "explain",
    "finding_of",
    "scrub",
]
