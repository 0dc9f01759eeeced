"""MOD508: a therapy service without the modifier that says whose plan of care it belongs to."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.modifiers.sources import ALWAYS_THERAPY
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REVIEW, Advice, Defect, Triggers, edit, medicare_part_b

DISCIPLINES = frozenset({"GP", "GO", "GN"})
ADVICE = Advice(
    "The plan of care says which it was: physical therapy (GP), occupational therapy (GO) or speech-language "
    "pathology (GN). Add that one to the line."
)


def _is_therapy(code: str, reference: Snapshot) -> bool:
    return reference.therapy_codes is not None and code in reference.therapy_codes


@edit(
    id="MOD508",
    name="therapy-modifier-missing",
    severity=REVIEW,
    scope=LINE,
    needs=("therapy_codes",),
    triggers=Triggers(
        "a line bills a service that is always therapy", payer=medicare_part_b, procedure=_is_therapy
    ),
    carc=("CO", "4"),
    citation=ALWAYS_THERAPY,
)
def therapy_modifier_missing(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A service that is always therapy carries none of GP, GO and GN.

    Why it is denied: CMS lists codes that are therapy whoever gives the service. Each line of them must say under
    which plan of care it was given. For services from 2018-01-01 Medicare returns a line without, also one that is
    billed for a denial (GY).

    Fails: 97140 on 2026-03-02 without GP, GO or GN.

    Passes: 97140-GP; 97140 on 2017-12-31; 20560, which is therapy only under such a plan; another payer than
    Medicare.

    Source: CMS, CR 10176 (transmittal 3814); Medicare Claims Processing Manual, chapter 5, section 20; the annual
    therapy code list.
    """
    codes = reference.therapy_codes
    if codes is None:
        return
    for number, line in enumerate(claim.lines, start=1):
        if not DISCIPLINES.isdisjoint(line.modifiers) or not codes.valid(line.procedure, line.service_date):
            continue
        yield Defect(
            location=line_field(number, "modifiers"),
            message=f"{line.procedure} on {line.service_date} is always therapy, and none of GP, GO and GN is on it.",
            because={
                "procedure": line.procedure,
                "modifiers": list(line.modifiers),
                "service_date": line.service_date.isoformat(),
                "list": codes.edition,
            },
            advice=ADVICE,
        )
