"""Edit → the status a 277CA tells: category, claim status code and entity, as numbers and codes of X12's lists.

Categories (list 507): A3 returned as unprocessable, A6 something missing, A7 something invalid, A8 two things that
contradict each other. Status codes are of list 508, entities of element 98 (85 billing provider, 77 facility, DN
referring provider, IL subscriber, QC patient). A code that needs another beside it has it.

Source: https://x12.org/codes/claim-status-category-codes and https://x12.org/codes/claim-status-codes.
"""

from typing import Final, TypeAlias

Status: TypeAlias = tuple[str, ...]
"""Category, status code, and where the code needs one an entity."""

ACCEPTED: Final[Status] = ("A2", "20")
RECEIVED: Final[Status] = ("A1", "19", "PR")
FAULTY: Final[Status] = ("A3", "684")
"""The structure of the claim is at fault, and the 999 says how."""

UNREADABLE: Final[tuple[Status, ...]] = (("A3", "481"),)
OTHER: Final[tuple[Status, ...]] = (("A3", "275"),)
"""Of an edit that is not in the table: something of the claim."""

OF_EDIT: Final[dict[str, tuple[Status, ...]]] = {
    "CLM101": (("A7", "562", "85"),),
    "CLM102": (("A6", "562", "85"),),
    "CLM103": (("A7", "145", "85"),),
    "CLM104": (("A7", "128", "85"),),
    "CLM105": (("A7", "164", "IL"),),
    "CLM106": (("A7", "158", "QC"),),
    "CLM107": (("A7", "157", "QC"),),
    "CLM108": (("A8", "400"), ("A8", "178")),
    "CLM109": (("A7", "402"), ("A7", "583")),
    "CLM110": (("A7", "476"),),
    "CLM111": (("A7", "255"),),
    "CLM112": (("A7", "121"),),
    "CLM113": (("A7", "255"),),
    "CLM114": (("A7", "477"),),
    "CLM115": (("A6", "464"),),
    "CLM116": (("A6", "727"),),
    "CLM117": (("A7", "249"),),
    "CLM118": (("A6", "562", "DN"),),
    "CLM119": (("A7", "126", "85"),),
    "CLM120": (("A6", "142", "85"),),
    "CLM121": (("A6", "142", "85"),),
    "DTE201": (("A7", "510"), ("A7", "187")),
    "DTE202": (("A7", "187"),),
    "DTE203": (("A8", "187"), ("A8", "158", "QC")),
    "DTE204": (("A3", "718"),),
    "DTE205": (("A8", "187"), ("A8", "397")),
    "DTE206": (("A7", "187"),),
    "DX301": (("A7", "255"),),
    "DX302": (("A8", "255"), ("A8", "187")),
    "DX303": (("A7", "255"), ("A7", "772")),
    "DX304": (("A7", "255"), ("A7", "772")),
    "DX305": (("A7", "255"),),
    "DX306": (("A8", "255"),),
    "DX307": (("A7", "254"),),
    "DX308": (("A6", "255"),),
    "DX309": (("A7", "254"), ("A7", "509")),
    "DX310": (("A7", "254"),),
    "DX311": (("A8", "255"), ("A8", "158", "QC")),
    "DX312": (("A8", "86"),),
    "DX313": (("A7", "772"),),
    "DX314": (("A8", "255"),),
    "DX315": (("A7", "255"),),
    "PX401": (("A7", "454"),),
    "PX402": (("A8", "454"), ("A8", "187")),
    "PX403": (("A7", "454"),),
    "PX404": (("A8", "453"),),
    "PX405": (("A8", "454"), ("A8", "249")),
    "MOD501": (("A7", "453"),),
    "MOD502": (("A7", "453"),),
    "MOD503": (("A8", "453"),),
    "MOD504": (("A8", "453"),),
    "MOD506": (("A6", "453"),),
    "MOD507": (("A7", "453"),),
    "MOD508": (("A6", "453"),),
    "COV701": (("A8", "488"),),
    "COV702": (("A8", "254"),),
    "COV703": (("A8", "488"),),
    "COV704": (("A8", "454"),),
    "COV705": (("A8", "488"),),
    "COV708": (("A8", "488"),),
    "CHI801": (("A6", "453"),),
    "CHI802": (("A7", "453"),),
    "CHI803": (("A8", "453"),),
    "CHI804": (("A6", "701"),),
    "CHI805": (("A7", "210"),),
    "CHI806": (("A8", "259"),),
    "CHI807": (("A8", "271"),),
    "CHI808": (("A8", "454"),),
    "CHI809": (("A8", "454"),),
    "CHI810": (("A8", "453"),),
    "PTP601": (("A8", "454"),),
    "PTP602": (("A8", "454"),),
    "MUE611": (("A7", "476"),),
    "AOC621": (("A8", "454"),),
    "DUP951": (("A3", "78"),),
    "DUP952": (("A3", "78"),),
    "DUP953": (("A3", "78"),),
    "FRQ961": (("A8", "454"),),
    "GLB971": (("A8", "454"),),
}
"""Those whose findings reject a claim, and those that warn."""
