"""Plan, run, explain. Knows no edit by name: bootstrap hands it the catalogue. Pure."""

from scrubber.engine.explain import explain
from scrubber.engine.result import (
    DenialRisk,
    Disposition,
    Driver,
    Explained,
    LineRisk,
    ReferenceUsed,
    Result,
    WaivedFinding,
)
from scrubber.engine.run import Assess, Engine, build_engine, disposition, finding_of, scrub
from scrubber.engine.waivers import Waiver

__all__ = [
    "Assess",
    "DenialRisk",
    "Disposition",
    "Driver",
    "Engine",
    "Explained",
    "LineRisk",
    "ReferenceUsed",
    "Result",
    "WaivedFinding",
    "Waiver",
    "build_engine",
    "disposition",
    "explain",
    "finding_of",
    "scrub",
]
