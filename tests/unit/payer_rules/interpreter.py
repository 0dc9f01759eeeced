"""What a payer rule means, said as slowly and obviously as possible: over the YAML's data and the claim's JSON.

Shares no code with the program: it reads each subject for itself. What is counted: ``history.py`` beside it.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.unit.payer_rules import history

MISSING = "missing"
COUNTED = ("of", "with_modifiers", "within", "provider", "payer")
PROGRAMS = {"acme": "commercial", "medicare": "medicare_part_b", "unknown": "unknown"}
INDICATORS = {"CI": "acme", "MB": "medicare"}
PAYER_IDS = {"60054": "acme", "05102": "medicare", "11502": "medicare"}
CONTRACTORS = {"05102": "north", "11502": "south"}
"""Who decides for Medicare: told by the number of the contract, otherwise left open."""


def verdicts(
    rule: dict[str, Any], claim: dict[str, Any], earlier: list[dict[str, Any]] | None = None
) -> list[tuple[int, str]]:
    """For each line that something is said of: its number and the subject it fails at, or ``missing``.

    ``earlier`` are the claims before it, None where they were not looked at.
    """
    said = []
    if judges_lines(rule):
        numbers = list(range(1, len(claim["lines"]) + 1))
    else:
        days = [line["service_date"] for line in claim["lines"]]
        numbers = [days.index(min(days)) + 1]
    for number in numbers:
        line = claim["lines"][number - 1]
        version = version_on(rule["versions"], line["service_date"])
        if version is None:
            continue
        # What the claim alone breaks is told by that, whatever its history adds.
        told = verdict(version, facts_of(claim, line) | {"history": (claim, number, None)})
        if told == MISSING and earlier is not None:
            told = verdict(version, facts_of(claim, line) | {"history": (claim, number, earlier)})
        if told is not None:
            said.append((number, told))
    return said


def verdict(version: dict[str, Any], facts: dict[str, Any]) -> str | None:
    """The subject that a line fails at, ``missing``, or None where nothing is said of it."""
    when, require = answer(version["when"], facts), answer(version["require"], facts)
    if when is False or require is True:
        return None
    return MISSING if when is MISSING or require is MISSING else first_broken(version["require"], facts)


def judges_lines(rule: dict[str, Any]) -> bool:
    named = str([[version["when"], version["require"]] for version in rule["versions"]])
    return any(
        of in named for of in ("'line.", "'history.", "'patient.age_on_service_date'", "'provider.taxonomy'")
    )


def version_on(versions: list[dict[str, Any]], day: str) -> dict[str, Any] | None:
    """The last version that has taken effect, unless it has ended."""
    begun = [version for version in versions if version["effective"] <= day]
    return begun[-1] if begun and day <= begun[-1].get("ends", "9999-12-31") else None


def first_broken(require: dict[str, Any], facts: dict[str, Any]) -> str:
    for key, asked in require.items():
        if key in ("all", "any", "not"):
            if answer({key: asked}, facts) is False:
                return first_subject({key: asked})
        elif isinstance(asked, dict):
            counted = {name: asked[name] for name in COUNTED if name in asked}
            for operator, value in asked.items():
                if operator not in COUNTED and answer({key: counted | {operator: value}}, facts) is False:
                    return key
        elif answer({key: asked}, facts) is False:
            return key
    raise AssertionError("nothing is broken")


def first_subject(conditions: dict[str, Any]) -> str:
    key, asked = next(iter(conditions.items()))
    if key in ("all", "any"):
        return first_subject(asked[0])
    return first_subject(asked) if key == "not" else key


def answer(conditions: dict[str, Any], facts: dict[str, Any]) -> Any:
    """True, False or missing."""
    answers = []
    for key, asked in conditions.items():
        if key == "all":
            answers.append(all_hold([answer(one, facts) for one in asked]))
        elif key == "any":
            answers.append(opposite(all_hold([opposite(answer(one, facts)) for one in asked])))
        elif key == "not":
            answers.append(opposite(answer(asked, facts)))
        else:
            operators = asked if isinstance(asked, dict) else {"equals": asked}
            fact = history.count(key, operators, *facts["history"]) if "history." in key else facts[key]
            answers.extend(
                ask(key, operator, value, fact)
                for operator, value in operators.items()
                if operator not in COUNTED
            )
    return all_hold(answers)


def all_hold(answers: list[Any]) -> Any:
    if False in answers:
        return False
    return MISSING if MISSING in answers else True


def opposite(one: Any) -> Any:
    return MISSING if one is MISSING else not one


def ask(subject: str, operator: str, told: Any, fact: Any) -> Any:  # noqa: PLR0912 - an operator a branch
    if isinstance(fact, tuple):  # one of these, and the claim leaves open which
        if operator in ("present", "absent"):
            return ask(subject, operator, told, fact[0] if len(fact) == 1 else None)
        answers = [ask(subject, operator, told, one) for one in fact]
        return answers[0] if len(set(answers)) == 1 else MISSING
    is_list = isinstance(fact, list)
    if operator == "present":
        return bool(fact) or (isinstance(fact, int | Decimal) and fact is not False)
    if operator == "absent":
        return opposite(ask(subject, "present", told, fact))
    if fact is None or fact == "":
        return MISSING
    values = [written(subject, value) for value in (told if isinstance(told, list) else [told])]
    if subject == "payer.profile" and operator != "in_range" and "medicare" in values:
        values += CONTRACTORS.values()
    facts = fact if is_list else [fact]
    match operator:
        case "equals" | "in":
            return fact in values
        case "not_in":
            return fact not in values
        case "any_of" | "matches_set":
            return any(one in values for one in facts)
        case "none_of":
            return not any(one in values for one in facts)
        case "all_of":
            return all(value in facts for value in values)
        case "in_range":
            low, high = values
            return any(low <= one and (one <= high or one.startswith(high)) for one in facts)
        case "between":
            return values[0] <= fact <= values[1]
        case "at_least":
            return fact >= values[0]
        case "at_most":
            return fact <= values[0]
    raise AssertionError(operator)


def written(subject: str, value: Any) -> Any:
    return value.replace(".", "") if "diagnos" in subject else value


def facts_of(claim: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    payer = claim["payer"]
    profile = INDICATORS.get(payer.get("claim_filing_indicator"), "unknown")
    if not payer.get("claim_filing_indicator"):
        profile = PAYER_IDS.get(payer.get("id"), "unknown")
    profiles: tuple[str, ...] = (profile,)
    if profile == "medicare":
        told = CONTRACTORS.get(payer.get("id"))
        profiles = (told,) if told else tuple(CONTRACTORS.values())
    diagnoses = [code.replace(".", "") for code in claim["diagnoses"]]
    pointed = [diagnoses[at - 1] for at in line["diagnosis_pointers"] if 1 <= at <= len(diagnoses)]
    dates, line_dates = claim.get("dates", {}), line.get("dates") or {}
    renders = line.get("rendering_provider") or claim.get("rendering_provider") or claim["billing_provider"]
    lines = claim["lines"]
    others = [one for one in lines if one is not line and one["service_date"] == line["service_date"]]
    born, day = claim["patient"].get("birth_date"), line["service_date"]
    age = None
    if born and born <= day:
        age = int(day[:4]) - int(born[:4]) - (day[5:] < born[5:])
    return {
        "payer.profile": profiles,
        "payer.program": PROGRAMS[profile],
        "payer.id": payer.get("id"),
        "payer.claim_filing_indicator": payer.get("claim_filing_indicator"),
        "claim.diagnoses": diagnoses,
        "claim.procedures": [one["procedure"] for one in lines],
        "claim.line_count": len(lines),
        "claim.total_charge": Decimal(
            claim.get("total_charge") or sum(Decimal(one["charge"]) for one in lines)
        ),
        "claim.frequency_code": claim["frequency_code"],
        "claim.related_causes": claim["related_causes"],
        "claim.prior_authorization": bool(claim.get("prior_authorization")),
        "line.procedure": line["procedure"],
        "line.modifiers": line["modifiers"],
        "line.diagnoses": pointed,
        "line.primary_diagnosis": pointed[0] if pointed else None,
        "line.other_procedures_same_day": [one["procedure"] for one in others],
        "line.place_of_service": line.get("place_of_service") or claim.get("place_of_service"),
        "line.units": Decimal(line["units"]),
        "line.charge": Decimal(line["charge"]),
        "line.service_date": day,
        "line.days_since_initial_treatment": days(
            line_dates.get("initial_treatment") or dates.get("initial_treatment"), day
        ),
        "line.days_since_last_x_ray": days(line_dates.get("last_x_ray") or dates.get("last_x_ray"), day),
        "line.days_since_onset": days(dates.get("onset"), day),
        "line.prior_authorization": bool(line.get("prior_authorization") or claim.get("prior_authorization")),
        "line.referring_provider": bool(line.get("referring_provider") or claim.get("referring_provider")),
        "line.ndc": bool(line.get("ndc")),
        "patient.age_on_service_date": age,
        "patient.sex": claim["patient"].get("sex"),
        "provider.taxonomy": renders.get("taxonomy") or claim["billing_provider"].get("taxonomy"),
        "provider.billing_taxonomy": claim["billing_provider"].get("taxonomy"),
        "provider.state": (claim["billing_provider"].get("address") or {}).get("state"),
    }


def days(since: str | None, until: str) -> int | None:
    return (date.fromisoformat(until) - date.fromisoformat(since)).days if since else None
