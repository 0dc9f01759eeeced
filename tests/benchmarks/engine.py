"""The engine on claims that are there as objects: all edits, and where their time goes by family."""

import gc
from collections import Counter
from collections.abc import Iterator
from datetime import date
from statistics import median

import msgspec

from scrubber.bootstrap import build
from scrubber.claim import Claim
from scrubber.engine import Engine, scrub
from scrubber.settings import Settings
from tests.benchmarks.claims import claims
from tests.benchmarks.timing import ROUNDS, microseconds, timed

COUNT = 20_000
CHUNK = 4_000
"""Claims of a batch's job, which begins in a process that has met no code yet."""


def measured(settings: Settings) -> Iterator[tuple[str, str]]:
    """Claims a second, the decoding of one from JSON, microseconds a claim of each family's edits that are asked."""
    engine = build(settings).engine.on(date(2026, 3, 10))
    sample = claims(COUNT)
    lines = sum(len(claim.lines) for claim in sample)
    unlearned, _ = timed(lambda: [scrub(engine, claim) for claim in sample[:CHUNK]])
    dispositions = Counter(str(scrub(engine, claim).disposition) for claim in sample)
    gc.collect()
    gc.freeze()
    rates = []
    for _ in range(ROUNDS):
        seconds, _results = timed(lambda: [scrub(engine, claim) for claim in sample])
        rates.append(COUNT / seconds)
    selected = median(len(engine.plan.select(claim, engine.reference)) for claim in sample)
    rate = f"{median(rates):,.0f} claims/s on one core (best {max(rates):,.0f})"
    chosen = f"{selected} of {len(engine.plan.edits)} edits selected"
    yield "engine, ready claims", f"{rate}; {lines / COUNT:.1f} lines a claim, {dict(dispositions)}, {chosen}"
    yield "  the first of a new process", f"{CHUNK / unlearned:,.0f} claims/s over the first {CHUNK:,}"
    body = msgspec.json.encode(sample[0])
    decoder = msgspec.json.Decoder(Claim)
    yield "JSON → Claim", f"{microseconds(lambda: decoder.decode(body)):.1f} µs, {len(body)} bytes"
    yield from _families(engine)


def _families(engine: Engine) -> Iterator[tuple[str, str]]:
    sample = claims(2_000, seed=2)
    plan, reference = engine.plan, engine.reference
    selected = [(claim, plan.select(claim, reference)) for claim in sample]
    seconds, _ = timed(lambda: [plan.select(claim, reference) for claim in sample])
    yield "  selecting, with the screens", f"{seconds / len(sample) * 1e6:.1f} µs a claim"
    for family in dict.fromkeys(edit.family for edit in plan.edits):
        asked = [
            (edit.function, claim) for claim, edits in selected for edit in edits if edit.family == family
        ]
        seconds, _ = timed(lambda asked=asked: [list(edit(claim, reference)) for edit, claim in asked])  # type: ignore[misc]
        yield (
            f"  {family}",
            f"{seconds / len(sample) * 1e6:.1f} µs a claim, {len(asked) / len(sample):.2f} edits",
        )
