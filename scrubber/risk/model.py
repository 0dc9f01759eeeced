"""How likely a claim is denied, from its findings, and the dollars that costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from scrubber.claim import Claim
from scrubber.engine import DenialRisk, Driver, LineRisk
from scrubber.reference.denial_priors import UNSEEN, DenialPriors
from scrubber.risk.allowed import Amounts, with_amounts
from scrubber.risk.calibration import Calibration
from scrubber.risk.causes import Reason, causes_of, either
from scrubber.risk.rates import PLACES, Rate, Rates, rounded
from scrubber.rule import INFO, Finding

RISKS_KEPT = 8192
LARGEST_KEPT = 16
"""Lines and findings of a claim whose risk is kept for the next one like it: hostile claims must not fill memory."""


class RiskModel:
    """The rates of a calibration, or the assumed ones, applied to claims. ``name`` is that of the calibration.

    ``allowed`` tells what is allowed for the lines of a claim.
    """

    def __init__(
        self,
        priors: DenialPriors,
        calibration: Calibration | None = None,
        *,
        allowed: Callable[[Claim], Amounts] = lambda _claim: (),
    ) -> None:
        self.name = calibration.name if calibration else None
        self._priors = priors
        self._allowed = allowed
        self.rates = Rates(priors, calibration.rates if calibration else ())
        self._kept = lru_cache(RISKS_KEPT)(self._risk)

    def assess(self, claim: Claim, findings: Sequence[Finding]) -> DenialRisk:
        """The risk of a claim with these findings; those that only inform carry none of their own.

        Practices bill few kinds of claims, so the risk of one like it is mostly at hand.
        """
        payer = self.rates.known(claim.payer.id)
        charges = tuple([line.charge for line in claim.lines])
        reasons = (
            tuple([self._reason(f, payer) for f in findings if f.severity is not INFO]) if findings else ()
        )
        risk = self._kept if len(charges) + len(reasons) <= LARGEST_KEPT else self._risk
        return risk(payer, charges, reasons, self._allowed(claim))

    def _reason(self, finding: Finding, payer: str | None) -> Reason:
        """What a finding is to the risk of its claim."""
        carc = f"{finding.carc.group}-{finding.carc.code}" if finding.carc else None
        key = self._priors.key(finding.edit, finding.severity)
        return Reason(finding.edit, carc, finding.line, self.rates.of(key, payer, finding.severity))

    def _risk(
        self,
        payer: str | None,
        charges: tuple[Decimal, ...],
        reasons: tuple[Reason, ...],
        allowed: Amounts,
    ) -> DenialRisk:
        risk = self._of_charges(payer, charges, reasons)
        return with_amounts(risk, allowed) if allowed else risk

    def _of_charges(
        self, payer: str | None, charges: tuple[Decimal, ...], reasons: tuple[Reason, ...]
    ) -> DenialRisk:
        unseen = self.rates.of(UNSEEN, payer)
        amounts = [max(float(charge), 0.0) for charge in charges]
        if not reasons:
            lines = [
                _line(number, amount, unseen.probability) for number, amount in enumerate(amounts, start=1)
            ]
            return _told(unseen, [_driver(None, None, unseen, 1.0)], lines, self.name)
        # Where nothing is charged, the lines count alike.
        weights = amounts if any(amounts) else [1.0] * len(amounts)
        whole = [reason for reason in reasons if reason.line is None]
        by_line: dict[int | None, list[Reason]] = {}
        for reason in reasons:
            by_line.setdefault(reason.line, []).append(reason)
        drivers: dict[tuple[str | None, int | None], _Lost] = {(None, None): _Lost(unseen)}
        claim_causes: dict[tuple[str, str | None], Rate] = {}
        lines = []
        for number, (amount, weight) in enumerate(zip(amounts, weights, strict=True), start=1):
            causes = causes_of([*whole, *by_line.get(number, ())])
            chances = [unseen.probability, *[cause[0].rate.probability for cause in causes]]
            probability = either(chances)
            lines.append(_line(number, amount, probability))
            # The dollars of a line go to its causes in the proportion of their probabilities, and so within a cause.
            lost = weight * probability / sum(chances)
            drivers[None, None].weight += lost * unseen.probability
            for cause in causes:
                leader = cause[0]
                key = leader.edit, leader.carc
                claim_causes[key] = max(leader.rate, claim_causes.get(key, leader.rate))
                part = lost * leader.rate.probability / sum([reason.rate.probability for reason in cause])
                for reason in cause:
                    driver = drivers.setdefault((reason.edit, reason.line), _Lost(reason.rate))
                    driver.weight += part * reason.rate.probability
        total = sum([driver.weight for driver in drivers.values()])
        return _told(
            _together([unseen, *claim_causes.values()]),
            [_driver(edit, line, lost.rate, lost.weight / total) for (edit, line), lost in drivers.items()],
            lines,
            self.name,
        )


@dataclass(slots=True)
class _Lost:
    """A driver as it is summed up: its rate, and what is lost to it of the weight of the lines."""

    rate: Rate
    weight: float = 0.0


def _together(causes: Sequence[Rate]) -> Rate:
    """The rate of independent causes; its interval is what their lower ends and their upper ends come to."""
    return rounded(
        either([cause.probability for cause in causes]),
        either([cause.low for cause in causes]),
        either([cause.high for cause in causes]),
        remittances=0,
    )


def _told(
    rate: Rate,
    drivers: list[Driver],
    lines: Sequence[LineRisk],
    calibration: str | None,
) -> DenialRisk:
    ordered = sorted(drivers, key=lambda driver: -driver.share)
    return DenialRisk(
        probability=rate.probability,
        low=rate.low,
        high=rate.high,
        charge_at_risk=sum([line.charge_at_risk for line in lines], Decimal("0.00")),
        basis="calibrated" if ordered[0].remittances else "prior",
        calibration=calibration,
        drivers=tuple(ordered),
        lines=tuple(lines),
    )


def _driver(edit: str | None, line: int | None, rate: Rate, share: float) -> Driver:
    return Driver(
        edit=edit,
        line=line,
        probability=rate.probability,
        low=rate.low,
        high=rate.high,
        share=round(share, PLACES),
        remittances=rate.remittances,
    )


def _line(number: int, charge: float, probability: float) -> LineRisk:
    told = round(probability, PLACES)
    return LineRisk(
        line=number, probability=told, charge=_cents(charge), charge_at_risk=_cents(charge * told)
    )


def _cents(dollars: float) -> Decimal:
    return Decimal(round(dollars * 100)).scaleb(-2)
