"""Tables of the report: what findings have in common, the dearest first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from scrubber.reference.denial_priors import FixedBy
from scrubber.report.amounts import money, sum_of
from scrubber.report.counts import OTHERS, Found, Totals
from scrubber.report.figures import Cluster, Fixable, Group, Party

MOST_ROWS = 500
"""Of a table; the rest of it is summed up in one row."""
MOST_CLUSTERS = 50
NONE = "none"
"""The key of findings that have no such thing: that predict no CARC, whose line has no diagnosis."""


def groups_of(
    found: Mapping[Any, Found], unseen: int, name: Callable[[str], str | None] = lambda _key: None
) -> tuple[Group, ...]:
    """The dearest first; what no edit sees is the last."""
    ordered = dearest(found)
    rows = [
        Group(
            key=NONE if key is None else key,
            name=name(key),
            findings=group.findings,
            claims=group.claims,
            charge=money(group.charge),
            expected_charge=money(group.at_risk),
        )
        for key, group in ordered[:MOST_ROWS]
        if group.findings
    ]
    rest = [group for _, group in ordered[MOST_ROWS:]]
    if OTHERS in found:
        rest.append(found[OTHERS])
    if rest:
        rows.append(_rest(rest))
    if unseen:
        rows.append(Group(key=None, findings=0, claims=0, charge=Decimal(0), expected_charge=money(unseen)))
    return tuple(rows)


def dearest(found: Mapping[Any, Found]) -> list[tuple[Any, Found]]:
    """The groups by what is at risk, without the one of those that were counted together for being too many."""
    apart = [(key, group) for key, group in found.items() if key != OTHERS]
    return sorted(apart, key=lambda item: (-item[1].at_risk, str(item[0])))


def _rest(groups: Sequence[Found]) -> Group:
    return Group(
        key=OTHERS,
        findings=sum(group.findings for group in groups),
        claims=sum(group.claims for group in groups),
        charge=money(sum(group.charge for group in groups)),
        expected_charge=money(sum(group.at_risk for group in groups)),
    )


def parties_of(
    totals: Mapping[Any, Totals],
    found: Mapping[Any, Found],
    name: Callable[[str], str | None] = lambda _key: None,
) -> tuple[Party, ...]:
    """Payers or providers; the first of each key says which, the last the disposition."""
    together: dict[str, list[Totals]] = {}
    clean: dict[str, int] = {}
    for (party, *_, disposition), some in totals.items():
        if disposition == "unreadable":
            continue
        together.setdefault(party, []).append(some)
        clean[party] = clean.get(party, 0) + (some.claims if disposition == "clean" else 0)
    rows = []
    for key, parts in together.items():
        sums = sum_of(parts)
        rows.append(
            Party(
                key=key,
                name=name(key),
                claims=sums.claims,
                clean=clean[key],
                charge=money(sums.charge),
                findings=found[key].findings if key in found else 0,
                expected_denials=round(sums.expected, 4),
                expected_charge=money(sums.at_risk),
            )
        )
    rows.sort(key=lambda row: (row.key == OTHERS, -row.expected_charge, row.key))
    return (*rows[:MOST_ROWS], *_rest_of_parties(rows[MOST_ROWS:]))


def _rest_of_parties(rows: Sequence[Party]) -> Iterable[Party]:
    if rows:
        yield Party(
            key=OTHERS,
            claims=sum(row.claims for row in rows),
            clean=sum(row.clean for row in rows),
            charge=sum((row.charge for row in rows), Decimal(0)),
            findings=sum(row.findings for row in rows),
            expected_denials=round(sum(row.expected_denials for row in rows), 4),
            expected_charge=sum((row.expected_charge for row in rows), Decimal(0)),
        )


def clusters_of(found: Mapping[Any, Found]) -> tuple[Cluster, ...]:
    """What one payer is expected to answer to one procedure, the dearest only."""
    return tuple(
        Cluster(
            carc=carc,
            payer=payer,
            procedure=procedure or "",
            findings=group.findings,
            claims=group.claims,
            expected_charge=money(group.at_risk),
        )
        for (carc, payer, procedure), group in dearest(found)[:MOST_CLUSTERS]
    )


def fixable_of(found: Mapping[FixedBy, Found]) -> tuple[Fixable, ...]:
    """Who can mend what."""
    return tuple(
        Fixable(
            fixed_by=who,
            preventable=who != "nobody",
            findings=group.findings,
            claims=group.claims,
            expected_charge=money(group.at_risk),
        )
        for who, group in dearest(found)
    )
