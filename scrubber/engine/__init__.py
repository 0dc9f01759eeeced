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
from scrubber.engine.run import (
    Assess,
    Engine,
    apply_waivers,
    build_engine,
    disposition,
    finding_of,
    run_edits,
    scrub,
)
from scrubber.engine.waivers import NewWaiver, Waiver, WaiverFault, Waivers, waiver_faults, waiver_for

__all__ = [
    "Assess",
    "DenialRisk",
    "Disposition",
    "Driver",
    "Engine",
    "Explained",
    "LineRisk",
    "NewWaiver",
    "ReferenceUsed",
    "Result",
    "WaivedFinding",
    "Waiver",
    "WaiverFault",
    "Waivers",
    "apply_waivers",
    "build_engine",
    "disposition",
    "explain",
    "finding_of",
    "run_edits",
    "scrub",
    "waiver_faults",
    "waiver_for",
]
