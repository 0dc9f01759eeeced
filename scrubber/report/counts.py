"""What a report is made of, counted claim by claim: from a file as it is scrubbed, or from what was stored.

Amounts are in cents. Memory grows with the number of payers, codes and the like, which is bounded, not with claims.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from heapq import heapify, heappush, heapreplace
from typing import Any, NamedTuple, TypeVar

from scrubber.reference.denial_priors import FixedBy

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_KEYS = 50_000
"""Of payers, codes and the like that are counted apart; what comes after them is counted together."""
OTHERS = "others"

MOST_KINDS = 20_000
"""Of findings, and of claims by the findings they have, that are counted apart before they are summed up."""

EXAMPLES = 20
"""Claims that are named of a piece of work: the dearest."""


class Kind(NamedTuple):
    """What findings have in common that are counted together."""

    payer: str
    provider: str
    edit: str
    severity: str
    carc: str | None
    procedure: str | None
    diagnosis: str | None
    waived: bool


class Seen(NamedTuple):
    """A finding as it is counted, with the claim it is of; ``charge`` is the claim's. The first two name it.

    ``advice`` is empty where it is to be read from the result that is stored.
    """

    batch: int
    ordinal: int
    claim_id: str
    charge: int
    probability: float
    at_risk: int
    kind: Kind
    advice: str = ""


class Example(NamedTuple):
    """A claim of a piece of work, ordered by what is at risk."""

    at_risk: int
    batch: int
    ordinal: int
    claim_id: str
    advice: str = ""


@dataclass(slots=True)
class Totals:
    """Claims counted together. ``expected`` is the sum of their probabilities of denial, the variances its and the
    dollars' (cents squared). Of the ``priced`` ones the amounts allowed are known: ``priced_at_risk`` is what these
    lose by their charges, ``allowed_at_risk`` by the amounts allowed.
    """

    claims: int = 0
    charge: int = 0
    at_risk: int = 0
    expected: float = 0.0
    variance: float = 0.0
    charge_variance: float = 0.0
    priced: int = 0
    priced_at_risk: int = 0
    allowed_at_risk: int = 0

    def add(self, other: "Totals") -> None:
        """Count those of another with these."""
        self.claims += other.claims
        self.charge += other.charge
        self.at_risk += other.at_risk
        self.expected += other.expected
        self.variance += other.variance
        self.charge_variance += other.charge_variance
        self.priced += other.priced
        self.priced_at_risk += other.priced_at_risk
        self.allowed_at_risk += other.allowed_at_risk


@dataclass(slots=True)
class Found:
    """Findings counted together; ``claims`` and ``charge`` are those of their claims, each once.

    Only a piece of work has ``examples``.
    """

    findings: int = 0
    claims: int = 0
    charge: int = 0
    at_risk: int = 0
    expected: float = 0.0
    waived: int = 0
    severity: str = ""
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class _OfKind:
    """Findings of one kind. A claim that has more than ``least`` at risk is named of them."""

    findings: int = 0
    at_risk: int = 0
    expected: float = 0.0
    least: int = -1
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class _Alike:
    """Claims with findings of the same kinds: few sets of kinds serve nearly all of them."""

    claims: int = 0
    charge: int = 0


KEYS: Mapping[str, Callable[[Kind], Any]] = {
    "edit": lambda kind: kind.edit,
    "carc": lambda kind: kind.carc,
    "payer": lambda kind: kind.payer,
    "provider": lambda kind: kind.provider,
    "procedure": lambda kind: kind.procedure,
    "diagnosis": lambda kind: kind.diagnosis,
    "cluster": lambda kind: (kind.carc, kind.payer, kind.procedure),
    "work": lambda kind: (kind.edit, kind.payer, kind.carc),
}
"""What findings are counted by."""


@dataclass(slots=True)
class Counts:
    """Everything a report counts. ``days`` goes by payer, a day of the week of service and disposition."""

    fixed_by: Callable[[str], FixedBy]
    days: dict[tuple[str, date | None, str], Totals] = field(default_factory=dict)
    providers: dict[tuple[str, str], Totals] = field(default_factory=dict)
    unevaluated: dict[tuple[str, str], Totals] = field(default_factory=dict)
    _found: dict[str, dict[Any, Found]] = field(
        default_factory=lambda: {name: {} for name in (*KEYS, "fixed_by")}
    )
    _kinds: dict[Kind, _OfKind] = field(default_factory=dict)
    _alike: dict[tuple[Kind, ...], _Alike] = field(default_factory=dict)

    def add_claims(
        self,
        totals: Totals,
        *,
        payer: str,
        provider: str,
        first_day: date | None,
        disposition: str,
        unevaluated: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Count claims that have all this in common; ``unevaluated`` are edits with the reason."""
        day = _kept(self.days, (payer, first_day, disposition), (OTHERS, first_day, disposition), Totals)
        day.add(totals)
        _kept(self.providers, (provider, disposition), (OTHERS, disposition), Totals).add(totals)
        for said in unevaluated:
            _kept(self.unevaluated, said, said, Totals).add(totals)

    def add_findings(self, findings: Iterable[tuple[Any, ...]]) -> None:
        """Count findings, each as ``Seen`` has it. Those of a claim come one after the other."""
        kinds: tuple[Kind, ...] = ()
        claim, of_claim = None, 0
        for batch, ordinal, claim_id, charge, probability, at_risk, kind, *advice in findings:
            if (batch, ordinal) != claim:
                self._add_claim(kinds, of_claim)
                kinds, claim, of_claim = (), (batch, ordinal), charge
            found = self._kinds.get(kind)
            if found is None:
                found = self._kinds[kind] = _OfKind()
            found.findings += 1
            found.at_risk += at_risk
            found.expected += probability
            if at_risk > found.least and kind not in kinds:
                _keep_dearest(found.examples, Example(at_risk, batch, ordinal, claim_id, *advice))
                if len(found.examples) == EXAMPLES:
                    found.least = found.examples[0].at_risk
            kinds += (kind,)
        self._add_claim(kinds, of_claim)

    def _add_claim(self, kinds: tuple[Kind, ...], charge: int) -> None:
        if not kinds:
            return
        alike = self._alike.get(kinds)
        if alike is None:
            alike = self._alike[kinds] = _Alike()
        alike.claims += 1
        alike.charge += charge
        if len(self._alike) >= MOST_KINDS or len(self._kinds) >= MOST_KINDS:
            self._sum_up()

    @property
    def found(self) -> Mapping[str, Mapping[Any, Found]]:
        """Findings by what they have in common: by each of ``KEYS``, and by who can mend them."""
        self._sum_up()
        return self._found

    def _sum_up(self) -> None:
        keys: dict[str, Callable[[Kind], Any]] = {
            **KEYS, "fixed_by": lambda kind: self.fixed_by(kind.edit),
        }  # fmt: skip
        for name, key_of in keys.items():
            groups = self._found[name]
            # The commonest come last, for the severity.
            for kind, of_kind in sorted(self._kinds.items(), key=_findings_of):
                if not kind.waived:
                    group = _kept(groups, key_of(kind), OTHERS, Found)
                    group.findings += of_kind.findings
                    group.at_risk += of_kind.at_risk
                    group.expected += of_kind.expected
                    group.severity = kind.severity
                    for example in of_kind.examples if name == "work" else ():
                        _keep_dearest(group.examples, example)
            for kinds, alike in self._alike.items():
                for key in {key_of(kind) for kind in kinds if not kind.waived}:
                    group = _kept(groups, key, OTHERS, Found)
                    group.claims += alike.claims
                    group.charge += alike.charge
        for kind, of_kind in self._kinds.items():
            if kind.waived:
                _kept(self._found["edit"], kind.edit, OTHERS, Found).waived += of_kind.findings
        self._kinds.clear()
        self._alike.clear()


def _findings_of(kind: tuple[Kind, _OfKind]) -> int:
    return kind[1].findings


def _keep_dearest(examples: list[Example], example: Example) -> None:
    """Keep a claim among those that are named, each once, where it is one of the dearest."""
    if len(examples) == EXAMPLES and example <= examples[0]:
        return
    same = next((other for other in examples if other[1:3] == example[1:3]), None)
    if same is not None:
        if example <= same:
            return
        examples.remove(same)
        heapify(examples)
    if len(examples) < EXAMPLES:
        heappush(examples, example)
    else:
        heapreplace(examples, example)


def _kept(groups: dict[Key, Value], key: Key, others: Key, new: Callable[[], Value]) -> Value:
    group = groups.get(key)
    if group is None:
        if len(groups) >= MOST_KEYS:
            key = others
        group = groups.setdefault(key, new())
    return group
