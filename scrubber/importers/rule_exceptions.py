"""The rules that a payer inherits and that do not hold for it: ``except`` in its ``payer.yaml``."""

from collections.abc import Mapping

import msgspec

from scrubber.importers.payers import FILE
from scrubber.importers.yaml_sheet import Fault
from scrubber.payers.model import All, Question, Rule
from scrubber.reference import PayerProfile, Payers


def with_exceptions(rules: Mapping[str, Rule], payers: Payers, faults: list[Fault]) -> dict[str, Rule]:
    """The rules, each without the payers that are excepted from it; a fault for an exception to nothing."""
    left_out: dict[str, list[str]] = {}
    for profile in payers.profiles:
        for id_ in profile.exceptions:
            if problem := _problem(rules.get(id_), id_, profile, payers):
                faults.append(Fault(f"{profile.id}/{FILE}", 1, 1, f"except: {problem}"))
            else:
                left_out.setdefault(id_, []).extend(payers.heirs(profile.id))
    return {id_: _without(rule, tuple(left_out.get(id_, ()))) for id_, rule in rules.items()}


def _problem(rule: Rule | None, id_: str, profile: PayerProfile, payers: Payers) -> str | None:
    if rule is None:
        return f"there is no rule {id_}"
    if rule.payer == profile.id or profile.id not in payers.heirs(rule.payer):
        return f"{id_} is a rule of {rule.payer}, from which {profile.id} does not inherit"
    return None


def _without(rule: Rule, payers: tuple[str, ...]) -> Rule:
    if not payers:
        return rule
    question = Question("payer.profile", "not_in", payers)
    versions = tuple(
        msgspec.structs.replace(version, when=All((*version.when.parts, question)))
        for version in rule.versions
    )
    return msgspec.structs.replace(rule, versions=versions)
