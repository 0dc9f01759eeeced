"""The services the guidance edits tell apart."""

from scrubber.claim import Claim

ADVANCED_SERVICES = frozenset(
    {
        # Nerve block at the back of the head, where the pain of C0-C2 is felt.
        "64405",
        # Injections into the epidural space of the neck, chest and back.
        *("62320", "62321", "62322", "62323", "64479", "64480", "64483", "64484"),
        # Injections at facet joints and their nerves.
        *("64490", "64491", "64492", "64493", "64494", "64495"),
        # Destruction of facet joint nerves.
        *("64633", "64634", "64635", "64636"),
        # Fusions, from the skull base down.
        *("22548", "22551", "22552", "22554", "22585", "22590", "22595", "22600", "22610", "22612", "22614"),
        *("22630", "22632", "22633", "22634"),
    }
)
"""Services for which payers ask whether conservative care was tried: they are invasive, and most coverage articles
want weeks of conservative care before them."""


def advanced_service(claim: Claim, position: int) -> tuple[int, str] | None:
    """The first line (1-based) with an advanced service that points to the diagnosis, and its procedure."""
    for number, line in enumerate(claim.lines, start=1):
        if line.procedure in ADVANCED_SERVICES and position in line.pointers:
            return number, line.procedure
    return None
