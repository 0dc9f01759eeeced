"""What a member had, counted as slowly and obviously as possible, over the JSON of claims. No code of the program."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

MEDICARE = ("05102", "11502")


def count(
    subject: str,
    told: dict[str, Any],
    claim: dict[str, Any],
    number: int,
    earlier: list[dict[str, Any]] | None,
) -> Decimal | None:
    """What a subject of history comes to at a line; None where it can't be counted."""
    if earlier is None or not claim["subscriber"]["id"]:
        return None
    line = claim["lines"][number - 1]
    who = renders(claim, line)
    if told.get("provider") == "same" and who is None:
        return None
    services = []
    for other in standing(
        claim, [one for one in earlier if same_payer(told, claim, one) and same_person(claim, one)]
    ):
        services += [(other, service) for service in other["lines"]]
    if claim["frequency_code"] != "8":
        services += [
            (claim, service)
            for place, service in enumerate(claim["lines"], start=1)
            if service["service_date"] < line["service_date"] or place <= number
        ]
    days = window(told["within"], line["service_date"])
    services = [
        (other, service)
        for other, service in services
        if service["service_date"] in days
        and takes(told.get("of"), service["procedure"])
        and ("with_modifiers" not in told or set(told["with_modifiers"]) & set(service["modifiers"]))
        and "GY" not in service["modifiers"]
        and (told.get("provider") != "same" or renders(other, service) == who)
    ]
    match subject:
        case "history.visits":
            return Decimal(len({service["service_date"] for _, service in services}))
        case "history.services":
            return Decimal(len(services))
        case "history.units":
            return sum((Decimal(service["units"]) for _, service in services), Decimal(0))
    return sum((Decimal(service["charge"]) for _, service in services), Decimal(0))


def window(within: Any, last: str) -> set[str]:
    """Each day that counts, found by going back one by one."""
    end = day = date.fromisoformat(last)
    days = set()
    while inside(within, day, end):
        days.add(day.isoformat())
        day -= timedelta(days=1)
    return days


def inside(within: Any, day: date, end: date) -> bool:
    if within == "calendar_year":
        return day.year == end.year
    if "days" in within:
        return (end - day).days < within["days"]
    months = (end.year - day.year) * 12 + end.month - day.month
    # The same day of the month counts no more; nor does the last of a shorter month.
    return months < within["months"] or (
        months == within["months"] and day.day > min(end.day, last_of_month(day))
    )


def last_of_month(day: date) -> int:
    while (day + timedelta(days=1)).month == day.month:
        day += timedelta(days=1)
    return day.day


def takes(of: Any, procedure: str) -> bool:
    if of is None:
        return True
    if not isinstance(of, dict):
        return bool(procedure == of)
    ((operator, value),) = of.items()
    if operator == "in_range":
        return bool(value[0] <= procedure <= value[1])
    return procedure == value if operator == "equals" else procedure in value


def renders(claim: dict[str, Any], line: dict[str, Any]) -> str | None:
    for provider in (
        line.get("rendering_provider"),
        claim.get("rendering_provider"),
        claim["billing_provider"],
    ):
        if provider and provider.get("npi"):
            return str(provider["npi"])
    return None


def same_person(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return whose(one) == whose(other)


def whose(claim: dict[str, Any]) -> tuple[Any, ...]:
    return claim["subscriber"]["id"], claim["patient"]["birth_date"]


def same_payer(told: dict[str, Any], one: dict[str, Any], other: dict[str, Any]) -> bool:
    return told.get("payer") == "any" or account(one) == account(other)


def account(claim: dict[str, Any]) -> str | None:
    payer = claim["payer"]
    indicator, payer_id = payer.get("claim_filing_indicator"), payer.get("id")
    if indicator == "MB" or (not indicator and payer_id in MEDICARE):
        return "medicare"
    if indicator == "CI" or (not indicator and payer_id == "60054"):
        return "acme"
    return f"payer id {payer_id}"


def standing(claim: dict[str, Any], earlier: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The earlier claims that stand beside the claim: each new one strikes out those it is or replaces."""
    kept: list[dict[str, Any]] = []
    for new in [*earlier, claim]:
        struck = [old for old in kept if is_same(new, old)]
        names = {new["claim_id"], new["original_reference"] or new["claim_id"]}
        named = [old for old in kept if old["claim_id"] in names and biller(old) == biller(new)]
        struck += [old for old in named if days_of(old) & days_of(new)]
        if (
            new["frequency_code"] in ("7", "8")
            and named
            and not any(days_of(old) & days_of(new) for old in named)
        ):
            struck.append(named[-1])
        kept = [old for old in kept if not any(old is one for one in struck)]
        if new["frequency_code"] != "8":
            kept.append(new)
    return [one for one in kept if one is not claim]


def is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Two originals that bill the same to the same payer for the same patient."""
    if {one["frequency_code"], other["frequency_code"]} != {"1"} or not biller(one):
        return False
    told = [
        (
            claim["payer"].get("id"),
            whose(claim),
            claim["patient"]["sex"],
            biller(claim),
            claim["place_of_service"],
            sorted(str(billed(line)) for line in claim["lines"]),
        )
        for claim in (one, other)
    ]
    return told[0] == told[1]


def billed(line: dict[str, Any]) -> tuple[Any, ...]:
    amounts = Decimal(line["units"]), Decimal(line["charge"]).normalize()
    return (
        line["procedure"],
        sorted(line["modifiers"]),
        line["service_date"],
        line["place_of_service"],
        amounts,
    )


def biller(claim: dict[str, Any]) -> str | None:
    return claim["billing_provider"].get("npi")


def days_of(claim: dict[str, Any]) -> set[str]:
    return {line["service_date"] for line in claim["lines"]}
