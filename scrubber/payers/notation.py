"""How the codes in a rule are written, by kind of code."""

import re

from msgspec import Struct

from scrubber.claim import dotted, undotted


class Notation(Struct, frozen=True, kw_only=True):
    """A kind of code: what a person calls it, how it is written, and an example.

    ``prefix`` is how the ends of a range may be written, where that is shorter than a code: a range takes in every
    code that begins with its last end.
    """

    name: str
    called: str
    pattern: str
    example: str
    prefix: str | None = None

    def written(self, code: str, *, end_of_range: bool = False) -> bool:
        """Whether a code is written so."""
        return re.fullmatch((end_of_range and self.prefix) or self.pattern, code) is not None

    def kept(self, code: str) -> str:
        """The code as a claim keeps it."""
        return undotted(code) if self.name == "diagnosis" else code

    def shown(self, code: str) -> str:
        """The code as a person reads it."""
        return dotted(code) if self.name == "diagnosis" else code


_NAME = "[a-z][a-z0-9_]*"

PROCEDURE = Notation(
    name="procedure",
    called="a procedure code (CPT or HCPCS)",
    pattern="[0-9A-Z][0-9]{3}[0-9A-Z]",
    example="98940",
)
DIAGNOSIS = Notation(
    name="diagnosis",
    called="an ICD-10-CM code with its dot",
    pattern=r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?",
    example="M53.81",
)
MODIFIER = Notation(name="modifier", called="a modifier", pattern="[0-9A-Z]{2}", example="AT")
PLACE_OF_SERVICE = Notation(
    name="place_of_service", called="a place of service of two digits", pattern="[0-9]{2}", example="11"
)
TAXONOMY = Notation(
    name="taxonomy",
    called="a provider taxonomy code",
    pattern="[0-9A-Z]{9}X",
    prefix="[0-9A-Z]{4,10}",
    example="111N00000X",
)
STATE = Notation(name="state", called="a USPS state code", pattern="[A-Z]{2}", example="IA")
SEX = Notation(name="sex", called="F, M or U", pattern="[FMU]", example="F")
FREQUENCY = Notation(name="frequency", called="a frequency code", pattern="[0-9A-Z]", example="7")
FILING_INDICATOR = Notation(
    name="claim_filing_indicator",
    called="a claim filing indicator (837P SBR09)",
    pattern="[0-9A-Z]{1,2}",
    example="MB",
)
RELATED_CAUSE = Notation(
    name="related_cause", called="a related cause (AA, EM or OA)", pattern="AA|EM|OA", example="AA"
)
PAYER_ID = Notation(
    name="payer_id", called="a payer id as claims carry it", pattern="[0-9A-Z-]{1,80}", example="05102"
)
PROFILE = Notation(name="payer", called="the id of a payer", pattern=_NAME, example="medicare_part_b")
PROGRAM = Notation(name="program", called="the program of a payer", pattern=_NAME, example="medicare_part_b")

NOTATIONS = {
    notation.name: notation
    for notation in (
        PROCEDURE, DIAGNOSIS, MODIFIER, PLACE_OF_SERVICE, TAXONOMY, STATE, SEX, FREQUENCY, FILING_INDICATOR,
        RELATED_CAUSE, PAYER_ID, PROFILE, PROGRAM,
    )
}  # fmt: skip
"""Every kind of code that a rule may name."""
