"""What is read of the other payers of a claim, and of what they decided on it and its lines."""

from scrubber.claim import Adjustment, LineAdjudication, OtherPayer, Subscriber
from scrubber.intake.x12.field_readers import amounts_as, text_as
from scrubber.intake.x12.guide import Fields, Read
from scrubber.intake.x12.level_loops import paid_by, responsibility
from scrubber.intake.x12.line_loops import procedure_of
from scrubber.intake.x12.segment_values import (
    LONGEST_IDENTIFIER,
    amount_in,
    append_to,
    days_in,
    element,
    quantity_in,
)
from scrubber.intake.x12.tokenizer import ELEMENT

MOST_OTHER_PAYERS = 20
MOST_ADJUDICATIONS = 50
MOST_ADJUSTMENTS = 50
"""What a claim holds of each; the guide allows fewer."""


def _of_last(name: str, read: Read) -> Read:
    """A reader into the last of the other payers, or of the adjudications."""
    return lambda fields, segment: read(fields[name][-1], segment)


def _adjudicated(fields: Fields, segment: str) -> None:
    if days := days_in(segment):
        fields["adjudicated"] = days[0]


def _other_payer_turn(fields: Fields, segment: str) -> None:
    other: Fields = {}
    responsibility(other, segment)
    append_to(fields, "other_payers", other, MOST_OTHER_PAYERS, segment)


def other_payer(fields: Fields) -> OtherPayer:
    """What has been read of another payer, as a value of the claim."""
    fields.pop("turn", None)
    subscriber = Subscriber(
        id=fields.pop("subscriber_id", None), relationship=fields.pop("relationship", None)
    )
    adjustments = tuple(fields.pop("adjustments", ()))
    return OtherPayer(subscriber=subscriber, adjustments=adjustments, **fields)


def _adjudication(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT)
    procedure = procedure_of(e[3], "SVD", 3) if len(e) > 3 else {}
    adjudication: Fields = {
        "payer_id": element(e, 1, LONGEST_IDENTIFIER) or "",
        "paid": amount_in(e, 2),
        "procedure": procedure.get("procedure") or None,
        "modifiers": procedure.get("modifiers", ()),
        "units": quantity_in(e, 5),
    }
    append_to(fields, "adjudications", adjudication, MOST_ADJUDICATIONS, segment)


def line_adjudication(fields: Fields) -> LineAdjudication:
    """What has been read of another payer's decision on a line, as a value of the claim."""
    return LineAdjudication(adjustments=tuple(fields.pop("adjustments", ())), **fields)


def _adjust(fields: Fields, segment: str) -> None:
    """A CAS segment: a group, then up to six times reason, amount, quantity."""
    e = segment.split(ELEMENT)
    group = element(e, 1) or ""
    for at in range(2, len(e), 3):
        if reason := element(e, at):
            adjustment = Adjustment(
                group=group, reason=reason, amount=amount_in(e, at + 1), quantity=quantity_in(e, at + 2)
            )
            append_to(fields, "adjustments", adjustment, MOST_ADJUSTMENTS, segment)


OTHER_PAYER_READERS: dict[str, Read] = {
    "2320 SBR": _other_payer_turn,
    "2320 CAS": _of_last("other_payers", _adjust),
    "2320 AMT": _of_last("other_payers", amounts_as(D="paid", A8="non_covered", EAF="patient_liability")),
    "2330A NM1": _of_last("other_payers", text_as("subscriber_id", 9)),
    "2330B NM1": _of_last("other_payers", paid_by),
    "2330B DTP*573": _of_last("other_payers", _adjudicated),
    "2430 SVD": _adjudication,
    "2430 CAS": _of_last("adjudications", _adjust),
    "2430 DTP*573": _of_last("adjudications", _adjudicated),
    "2430 AMT": _of_last("adjudications", amounts_as(EAF="patient_liability")),
}
