"""What a report is made of, counted claim by claim: from a file as it is scrubbed, or from what was stored.

Amounts are in cents. Memory grows with the number of payers, codes and the like, which is bounded, not with claims.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from heapq import heappush, heappushpop
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from scrubber.reference.denial_priors import FixedBy

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_KEYS = 50_000
"""Of payers, codes and the like that are counted apart; what comes after them is counted together."""
OTHERS = "others"

MOST_KINDS = 20_000
"""Of claims that are counted apart before they are summed up."""

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
    """Findings counted together; ``claims`` and ``charge`` are those of their claims, each once."""

    findings: int = 0
    claims: int = 0
    charge: int = 0
    at_risk: int = 0
    expected: float = 0.0
    waived: int = 0
    severity: str = ""
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class Alike:
    """Claims whose findings are the same but for the amounts: few kinds of claims serve nearly all of them.

    ``at_risk``, ``expected`` and ``examples`` go by the position of the finding.
    """

    kinds: Sequence[Kind]
    claims: int
    charge: int
    at_risk: list[int]
    expected: list[float]
    examples: list[list[Example]]


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

_claim_of = itemgetter(0, 1)


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
    _alike: dict[tuple[Kind, ...], Alike] = field(default_factory=dict)

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

    def add_findings(self, findings: Sequence[Seen]) -> None:
        """Count the findings of one claim."""
        kinds = tuple([seen.kind for seen in findings])
        alike = self._alike.get(kinds)
        if alike is None:
            if len(self._alike) >= MOST_KINDS:
                self._sum_up()
            nothing = [0] * len(findings)
            alike = Alike(kinds, 0, 0, nothing, list(map(float, nothing)), [[] for _ in findings])
            self._alike[kinds] = alike
        alike.claims += 1
        alike.charge += findings[0].charge
        for at, seen in enumerate(findings):
            alike.at_risk[at] += seen.at_risk
            alike.expected[at] += seen.probability
            examples = alike.examples[at]
            if len(examples) < EXAMPLES or seen.at_risk > examples[0].at_risk:
                example = Example(seen.at_risk, seen.batch, seen.ordinal, seen.claim_id, seen.advice)
                _keep_dearest(examples, example)

    @property
    def found(self) -> Mapping[str, Mapping[Any, Found]]:
        """Findings by what they have in common: by each of ``KEYS``, and by who can mend them."""
        self._sum_up()
        return self._found

    def _sum_up(self) -> None:
        keys: dict[str, Callable[[Kind], Any]] = {
            **KEYS, "fixed_by": lambda kind: self.fixed_by(kind.edit),
        }  # fmt: skip
        for alike in self._alike.values():
            told = [at for at, kind in enumerate(alike.kinds) if not kind.waived]
            for name, key_of in keys.items():
                self._count(self._found[name], alike, [(at, key_of(alike.kinds[at])) for at in told])
            for kind in alike.kinds:
                if kind.waived:
                    _kept(self._found["edit"], kind.edit, OTHERS, Found).waived += alike.claims
        self._alike.clear()

    @staticmethod
    def _count(groups: dict[Any, Found], alike: Alike, keyed: Sequence[tuple[int, Any]]) -> None:
        counted = set()
        for at, key in keyed:
            group = _kept(groups, key, OTHERS, Found)
            group.findings += alike.claims
            group.at_risk += alike.at_risk[at]
            group.expected += alike.expected[at]
            if key not in counted:
                counted.add(key)
                group.claims += alike.claims
                group.charge += alike.charge
                group.severity = alike.kinds[at].severity
                for example in alike.examples[at]:
                    _keep_dearest(group.examples, example)


def by_claim(findings: Iterable[Seen]) -> Iterator[list[Seen]]:
    """Findings in the order of their claims, those of a claim together."""
    for _, together in groupby(findings, _claim_of):
        yield list(together)


def _keep_dearest(examples: list[Example], example: Example) -> None:
    if len(examples) < EXAMPLES:
        heappush(examples, example)
    elif example > examples[0]:
        heappushpop(examples, example)


def _kept(groups: dict[Key, Value], key: Key, others: Key, new: Callable[[], Value]) -> Value:
    group = groups.get(key)
    if group is None:
        if len(groups) >= MOST_KEYS:
            key = others
        group = groups.setdefault(key, new())
    return group
