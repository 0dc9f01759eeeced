"""Which payer a claim is for, what it inherits, and which contractor decides on a line."""

from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from scrubber.claim import Claim, Provider, Subscriber
from scrubber.engine import Engine, explain, scrub
from scrubber.importers import ImportRefused
from scrubber.importers.payer_rules import RulesRefused, read_rules
from scrubber.importers.payers import read_payers
from scrubber.payers import Rule, compile_rule, digest_of
from scrubber.payers.cases import wrong_cases
from scrubber.reference import PayerProfile, Payers, Sign, Snapshot
from scrubber.rule import Defect, HistoryInMemory, Severity
from scrubber.settings import shipped
from tests.unit.payer_rules.made import rule_file
from tests.unit.payers_made import claim_to, write_payers

SHIPPED = read_payers(shipped("payer_rules"))


def sign(*payer_ids: str, states: tuple[str, ...] = (), indicators: tuple[str, ...] = ()) -> Sign:
    return Sign(
        payer_ids=frozenset(payer_ids),
        states=frozenset(states),
        claim_filing_indicators=frozenset(indicators),
    )


SIGNS = {
    "by_indicator": sign(indicators=("CI",)),
    "by_state": sign(states=("OH",), indicators=("CI",)),
    "by_id": sign("1"),
    "by_id_and_indicator": sign("1", indicators=("HM",)),
    "by_id_and_state": sign("1", states=("IA",)),
    "sister": sign("2", indicators=("CI",)),
    "brother": sign("2", indicators=("HM",)),
}
MADE = [PayerProfile(id=id_, name=id_, program="commercial", signs=(one,)) for id_, one in SIGNS.items()]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (claim_to(claim_filing_indicator="CI"), "by_indicator"),
        (claim_to(claim_filing_indicator="CI", state="OH"), "by_state"),
        (claim_to(claim_filing_indicator="CI", state="OH", facility="IN"), "by_indicator"),
        (claim_to(claim_filing_indicator="CI", state="IN", facility="OH"), "by_state"),
        (claim_to(claim_filing_indicator="CI", state="OH", id="1"), "by_id"),
        (claim_to(claim_filing_indicator="HM", id="1"), "by_id_and_indicator"),
        (claim_to(claim_filing_indicator="HM", id="1", state="IA"), "by_id_and_state"),
        (claim_to(id="1"), "by_id"),
        (claim_to(id="1", state="IA"), "by_id_and_state"),
        (claim_to(claim_filing_indicator="CI", id="2"), "sister"),
        (claim_to(claim_filing_indicator="HM", id="2"), "brother"),
        # Nothing tells these two apart, so it is neither.
        (claim_to(id="2"), "unknown"),
        (claim_to(claim_filing_indicator="MC", id="2"), "unknown"),
        (claim_to(state="OH"), "unknown"),
        (claim_to(), "unknown"),
    ],
)
def test_the_most_specific_sign_decides(claim: Claim, expected: str) -> None:
    assert Payers(MADE).profile(claim).id == expected


def test_the_order_of_the_payers_decides_nothing() -> None:
    claims = [
        claim_to(
            state=state,
            **{key: value for key, value in (("id", id_), ("claim_filing_indicator", told)) if value},
        )
        for state in (None, "OH", "IA")
        for id_ in (None, "1", "2")
        for told in (None, "CI", "HM")
    ]
    first = [Payers(MADE).profile(claim).id for claim in claims]
    for order in list(permutations(MADE))[:: 5040 // 12]:
        assert [Payers(order).profile(claim).id for claim in claims] == first


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (claim_to(claim_filing_indicator="MB", id="ANY", state="IA"), "medicare_part_b"),
        (claim_to(claim_filing_indicator="MB", id="MR018", state="NC"), "railroad_medicare"),
        (claim_to(id="MR018"), "railroad_medicare"),
        (claim_to(claim_filing_indicator="MC", id="87726"), "medicaid"),
        (claim_to(claim_filing_indicator="CI", id="87726"), "unitedhealthcare"),
        (claim_to(claim_filing_indicator="16", id="87726"), "unknown"),
        (claim_to(claim_filing_indicator="BL", state="OH"), "anthem"),
        (claim_to(claim_filing_indicator="BL", state="MO"), "unknown"),
        (claim_to(claim_filing_indicator="BL"), "unknown"),
        (claim_to(claim_filing_indicator="CI", id="62308"), "cigna"),
        (claim_to(claim_filing_indicator="16", id="38217"), "priority_health"),
    ],
)
def test_shipped_payers(claim: Claim, expected: str) -> None:
    assert SHIPPED.profile(claim).id == expected


def located(reference: Snapshot, claim: Claim) -> list[str]:
    return [profile.id for profile in reference.payers.profiles_at(claim, claim.lines[0])]


MACS = ["cgs", "first_coast", "ngs", "noridian", "novitas", "palmetto", "wps"]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (claim_to(claim_filing_indicator="MB", state="NC"), ["palmetto"]),
        (claim_to(claim_filing_indicator="MB", state="IA", facility="IL"), ["ngs"]),
        # The place decides, and not the contract the claim was addressed to ...
        (claim_to(claim_filing_indicator="MB", id="05102", state="FL"), ["first_coast"]),
        # ... which tells what the place leaves open.
        (claim_to(claim_filing_indicator="MB", state="VA"), ["novitas", "palmetto"]),
        (claim_to(claim_filing_indicator="MB", id="11302", state="VA"), ["palmetto"]),
        (claim_to(claim_filing_indicator="MB", id="05102", state="VA"), ["novitas", "palmetto"]),
        (claim_to(id="05102"), ["wps"]),
        (claim_to(claim_filing_indicator="MB"), MACS),
        (claim_to(claim_filing_indicator="MB", id="ANY"), MACS),
        (claim_to(claim_filing_indicator="MB", id="MR018", state="NC"), ["railroad_medicare"]),
        (claim_to(claim_filing_indicator="CI", id="62308", state="NC"), ["cigna"]),
        (claim_to(state="NC"), ["unknown"]),
    ],
)
def test_the_contractor_of_a_line(engine: Engine, claim: Claim, expected: list[str]) -> None:
    assert located(engine.reference, claim) == expected


def test_a_contract_that_no_contractor_has_leaves_it_open(engine: Engine) -> None:
    reference = engine.reference
    profiles = [
        replace(profile, jurisdictions={"JM": frozenset({"99999"})}) if profile.id == "palmetto" else profile
        for profile in reference.payers.profiles
    ]
    claim = claim_to(claim_filing_indicator="MB", state="NC")
    found = Payers(profiles, reference.jurisdictions).profiles_at(claim, claim.lines[0])
    assert [profile.id for profile in found] == MACS


@pytest.mark.parametrize(
    ("claim", "found", "not_evaluated"),
    [
        (claim_to(claim_filing_indicator="MB", state="IL", modifiers=["GX"]), ["NGS-001"], []),
        (claim_to(claim_filing_indicator="MB", state="IA", facility="NY", modifiers=["GX"]), ["NGS-001"], []),
        (claim_to(claim_filing_indicator="MB", state="IA", modifiers=["GX"]), [], []),
        (claim_to(claim_filing_indicator="MB", id="06102", state="IA", modifiers=["GX"]), [], []),
        (claim_to(claim_filing_indicator="MB", modifiers=["GX"]), [], ["NGS-001"]),
        # Two contractors are left, and NGS is neither.
        (claim_to(claim_filing_indicator="MB", state="VA", modifiers=["GX"]), [], []),
        (claim_to(claim_filing_indicator="MB", modifiers=["AT"]), [], []),
        (claim_to(claim_filing_indicator="MB", id="MR018", state="IL", modifiers=["GX"]), [], []),
        (
            claim_to(claim_filing_indicator="MB", id="MR018", state="IL", modifiers=["AT", "GA"]),
            ["RRB-001"],
            [],
        ),
        (claim_to(claim_filing_indicator="CI", id="87726", procedure="97110"), ["UHC-001"], []),
        (claim_to(id="38217"), ["PRI-001"], []),
    ],
)
def test_shipped_rules_in_the_engine(
    engine: Engine, claim: Claim, found: list[str], not_evaluated: list[str]
) -> None:
    result = scrub(engine, claim)
    assert [one.edit for one in result.findings if "-" in one.edit] == found
    assert [one.edit for one in result.not_evaluated if "-" in one.edit] == not_evaluated


@pytest.mark.parametrize("rule", read_rules(shipped("payer_rules"), SHIPPED), ids=lambda rule: rule.id)
def test_a_shipped_rule_judges_its_cases_as_they_say(rule: Rule) -> None:
    assert rule.cases
    assert wrong_cases(rule, SHIPPED) == []
    # Only what a payer itself says may hold a claim.
    assert rule.severity is not Severity.DENY or rule.id in {"PRI-001", "UHC-001"}


def test_what_the_place_leaves_open_is_named(engine: Engine) -> None:
    claim = claim_to(claim_filing_indicator="MB", modifiers=["GX"])
    (said,) = [one for one in scrub(engine, claim).not_evaluated if one.edit == "NGS-001"]
    assert said.detail == f"not stated on the claim: payer.profile ({' or '.join(MACS)})"
    (told,) = [one for one in explain(engine, claim).explanation or () if one.edit == "NGS-001"]
    assert told.read["payers.profiles_at()"] == MACS


def test_a_shipped_limit_in_the_engine(engine: Engine) -> None:
    """Anthem pays four timed units of a kind of therapy a day, over all lines."""
    claim = claim_to(claim_filing_indicator="BL", facility="OH", procedure="97110", modifiers=["GP"])
    claim = replace(claim, subscriber=Subscriber(id="M-1"), billing_provider=Provider(npi="1"))
    three = replace(claim.lines[0], units=Decimal(3))

    def found(*modifiers: str) -> list[str]:
        lines = tuple(replace(three, modifiers=(modifier,)) for modifier in modifiers)
        result = scrub(engine, replace(claim, lines=lines), history=HistoryInMemory())
        return [f"{one.severity} {one.pointer}" for one in result.findings if one.edit == "FRQ961"]

    assert found("GP") == []
    assert found("GP", "GO") == []
    (told,) = found("GP", "GO", "GP")
    assert told.startswith("review /lines/2")


def test_what_is_inherited(tmp_path: Path) -> None:
    filing = {
        "days": 90,
        "authority": {"title": "t", "url": "https://example.org", "retrieved": "2026-11-22"},
    }
    write_payers(
        tmp_path,
        old={"recognised_by": [{"payer_ids": ["1"]}], "timely_filing": filing, "local_coverage": False},
        middle={"inherits": "old", "recognised_by": [{"payer_ids": ["2"]}]},
        young={
            "inherits": "middle",
            "recognised_by": [{"payer_ids": ["3"]}],
            "timely_filing": {**filing, "days": 30},
        },
    )
    payers = read_payers(tmp_path)
    days = {one.id: one.timely_filing.days for one in payers.profiles if one.timely_filing}
    assert days == {"old": 90, "middle": 90, "young": 30}
    assert {one.program for one in payers.profiles} == {"commercial"}
    assert not any(one.local_coverage for one in payers.profiles)
    assert payers.heirs("old") == ("old", "middle", "young")


def test_the_ruleset_names_the_terms_of_payers() -> None:
    def digest(**changes: Any) -> str:
        return digest_of((), [replace(profile, **changes) for profile in SHIPPED.profiles])

    assert digest() == digest_of((), SHIPPED.profiles[::-1])
    assert len({digest(), digest(timely_filing=None), digest(signs=()), digest(limits=())}) == 4


BY_ID = [{"payer_ids": ["1"]}]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "unknown parent",
        {"a": {"inherits": "b", "recognised_by": BY_ID}},
        "a/payer.yaml: inherits b, and there is no",
    ),
    (
        "circle",
        {"a": {"inherits": "b", "recognised_by": BY_ID}, "b": {"inherits": "a", "recognised_by": BY_ID}},
        "a/payer.yaml: inherits goes in a circle: a inherits b inherits a",
    ),
    ("of itself", {"a": {"inherits": "a", "recognised_by": BY_ID}}, "circle: a inherits a"),
    (
        "of a contractor",
        {
            "a": {"recognised_by": BY_ID},
            "b": {"inherits": "a", "jurisdictions": {"J1": ["11111"]}},
            "c": {"inherits": "b", "recognised_by": [{"payer_ids": ["3"]}]},
        },
        "c/payer.yaml: inherits b, which is a contractor",
    ),
    (
        "one jurisdiction twice",
        {
            "a": {"recognised_by": BY_ID},
            "b": {"inherits": "a", "jurisdictions": {"J1": ["11111"]}},
            "c": {"inherits": "a", "jurisdictions": {"J1": ["22222"]}},
        },
        "c/payer.yaml: jurisdictions: J1 already stands for b",
    ),
    (
        "one contract twice",
        {
            "a": {"recognised_by": BY_ID},
            "b": {"inherits": "a", "jurisdictions": {"J1": ["11111"]}},
            "c": {"inherits": "a", "jurisdictions": {"J2": ["11111"]}},
        },
        "c/payer.yaml: contracts: 11111 already stands for b",
    ),
    (
        "as specific",
        {
            "a": {"recognised_by": [{"states": ["OH", "IN"], "claim_filing_indicators": ["BL"]}]},
            "b": {"recognised_by": [{"states": ["IN"], "claim_filing_indicators": ["BL", "CI"]}]},
        },
        "b/payer.yaml: recognised_by: states IN, claim_filing_indicators BL already stands for a",
    ),
    (
        "the id of a contract",
        {
            "a": {"recognised_by": [{"claim_filing_indicators": ["MB"]}]},
            "b": {"inherits": "a", "jurisdictions": {"J1": ["11111"]}},
            "c": {"recognised_by": [{"payer_ids": ["11111"], "claim_filing_indicators": ["MB"]}]},
        },
        "c/payer.yaml: recognised_by: payer_ids 11111, claim_filing_indicators MB already stands for a",
    ),
]


@pytest.mark.parametrize(("payers", "told"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_what_is_refused(tmp_path: Path, payers: dict[str, Any], told: str) -> None:
    write_payers(tmp_path, **payers)
    with pytest.raises(ImportRefused) as refused:
        read_payers(tmp_path)
    assert told in str(refused.value)


FAMILY: dict[str, Any] = {
    "old": {"recognised_by": [{"payer_ids": ["1"]}]},
    "young": {"inherits": "old", "recognised_by": [{"payer_ids": ["2"]}]},
    "other": {"recognised_by": [{"payer_ids": ["3"]}]},
}


def write_rule(directory: Path, payer: str, **when: Any) -> None:
    version = {"effective": "2026-01-01", "when": when, "require": {"line.modifiers": {"any_of": ["AT"]}}}
    file = rule_file([version])
    file["cases"] = [
        {"name": "before", "on": "2025-12-31", "passes": True},
        {"name": "fails", "on": "2026-01-01", "fails": "line.modifiers"},
        {"name": "passes", "on": "2026-01-01", "line": {"modifiers": ["AT"]}, "passes": True},
    ]
    (directory / payer / "ACM-001-made-up.yaml").write_text(yaml.safe_dump(file, sort_keys=False))


def denied(directory: Path) -> set[str]:
    """The payer ids of claims that the rule denies."""
    payers = read_payers(directory)
    (rule,) = read_rules(directory, payers)
    edit = compile_rule(rule)
    reference = Snapshot(as_of=claim_to().lines[0].service_date, editions={}, payers=payers)
    found = set()
    for id_ in "123":
        claim = claim_to(id=id_)
        said = list(edit.function(claim, reference))
        if any(isinstance(one, Defect) for one in said):
            found.add(id_)
            assert edit.triggers.payer
            assert edit.triggers.payer(payers.profile(claim))
    return found


@pytest.mark.parametrize(
    ("when", "ids"),
    [
        ({"payer.profile": "old"}, {"1", "2"}),
        ({"payer.profile": "young"}, {"2"}),
        ({"payer.profile": {"not_in": ["old"]}}, {"3"}),
        ({"payer.program": "commercial"}, {"1", "2", "3"}),
    ],
)
def test_a_payer_stands_for_those_that_inherit(tmp_path: Path, when: dict[str, Any], ids: set[str]) -> None:
    write_payers(tmp_path, **FAMILY)
    write_rule(tmp_path, "old", **when)
    assert denied(tmp_path) == ids


@pytest.mark.parametrize(
    ("when", "ids"), [({"payer.profile": "old"}, {"1"}), ({"payer.program": "commercial"}, {"1", "3"})]
)
def test_a_payer_may_be_excepted(tmp_path: Path, when: dict[str, Any], ids: set[str]) -> None:
    exception = {"rule": "ACM-001", "reason": "its manual, section 3, says otherwise"}
    write_payers(tmp_path, **FAMILY, youngest={"inherits": "young", "recognised_by": [{"payer_ids": ["4"]}]})
    write_payers(tmp_path, young={**FAMILY["young"], "except": [exception]})
    write_rule(tmp_path, "old", **when)
    assert denied(tmp_path) == ids


@pytest.mark.parametrize(
    ("payer", "rule", "told"),
    [
        ("young", "ACM-009", "young/payer.yaml:1:1: except: there is no rule ACM-009"),
        ("old", "ACM-001", "except: ACM-001 is a rule of old, from which old does not inherit"),
    ],
)
def test_an_exception_to_nothing_is_refused(tmp_path: Path, payer: str, rule: str, told: str) -> None:
    write_payers(tmp_path, grand={"recognised_by": [{"payer_ids": ["9"]}]}, **FAMILY)
    parent = FAMILY["young"] if payer == "young" else {**FAMILY["old"], "inherits": "grand"}
    write_payers(tmp_path, **{payer: {**parent, "except": [{"rule": rule, "reason": "r"}]}})
    write_rule(tmp_path, "old", **{"payer.profile": "old"})
    with pytest.raises(RulesRefused) as refused:
        read_rules(tmp_path, read_payers(tmp_path))
    assert told in str(refused.value)
