"""Official files of ICD-10-CM as CDC lays them out, small: the tabular list and the order file of a year."""

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

TITLES: Mapping[str, str] = {"M54": "Dorsalgia", "M54.2": "Cervicalgia", "M54.3": "Sciatica"}


def tabular(
    titles: Mapping[str, str] = TITLES,
    notes: Mapping[str, str] | None = None,
    *,
    version: str = "2028",
    before: str = "",
) -> bytes:
    """The list with one chapter and one block. ``notes`` gives XML that stands behind the title of a code."""
    told = {code: f"<name>{code}</name><desc>{escape(title)}</desc>" for code, title in titles.items()}

    def element(code: str) -> str:
        below = "".join(element(other) for other in titles if _parent(other, titles) == code)
        return f"<diag>{told[code]}{(notes or {}).get(code, '')}{below}</diag>"

    categories = "".join(element(code) for code in titles if len(code) == 3)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n{before}<ICD10CM.tabular><version>{version}</version>'
        "<chapter><name>13</name><desc>Diseases of the musculoskeletal system</desc>"
        f'<section id="M50-M54"><desc>Other dorsopathies (M50-M54)</desc>{categories}</section>'
        "</chapter></ICD10CM.tabular>\n"
    ).encode()


def _parent(code: str, titles: Mapping[str, str]) -> str | None:
    for end in range(len(code) - 1, 2, -1):
        if code[:end].rstrip(".") in titles and code[:end].rstrip(".") != code:
            return code[:end].rstrip(".")
    return None


def order(billable: Iterable[str], headers: Iterable[str] = ("M54",)) -> bytes:
    """The order file with these codes, without their dots."""
    flags = dict.fromkeys(headers, "0") | dict.fromkeys(billable, "1")
    lines = [
        f"{number:05} {code:<7} {flag} {'A short title':<60} A long title, and more"
        for number, (code, flag) in enumerate(sorted(flags.items()), start=1)
    ]
    return "".join(line + "\r\n" for line in lines).encode()
