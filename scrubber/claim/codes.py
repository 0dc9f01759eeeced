"""Notation of codes: how a code is written in a claim, kept in memory and shown to a person.

ICD-10-CM codes are kept without the dot and in capitals (``M5381``), as an 837 carries them, and shown with it.
"""


def undotted(code: str) -> str:
    """The code as kept in memory: ``" m53.81"`` → ``"M5381"``."""
    return code.strip().replace(".", "").upper()


def dotted(code: str) -> str:
    """The code as people write it: ``"M5381"`` → ``"M53.81"``; a category (``"M53"``) has no dot."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def listed(codes: object) -> str:
    """ICD-10-CM codes in a sentence: ``("M9901", "M542")`` → ``"M99.01, M54.2"``."""
    return (
        ", ".join(dotted(str(code)) for code in codes)
        if isinstance(codes, (tuple, list, set, frozenset))
        else ""
    )


def pointer_number(pointer: int | str) -> int:
    """A diagnosis pointer as a 1-based number: ``"A"`` → 1, ``"L"`` → 12, ``"3"`` → 3, numbers as they are."""
    if isinstance(pointer, int):
        return pointer
    letter = pointer.strip().upper()
    return int(letter) if letter.isdigit() else ord(letter) - ord("A") + 1
