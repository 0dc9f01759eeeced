"""YAML written by hand, read with the place of every value, so that an error can name file, line and column.

All faults of a file are collected; a value that is wrong is read as something harmless, for what has faults is refused.
What a rule has no use for is refused at once: anchors, tags, several documents, deep nesting, large files.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import yaml

LARGEST = 256 * 1024
"""Bytes of a file."""
DEEPEST = 24
MOST_GUESSES = 100
"""Faults of a file beyond which nothing is guessed that was meant."""
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2100, 12, 31)
_TEXT, _NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Fault(NamedTuple):
    """Something wrong in a file; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


class Sheet:
    """A file of YAML and the faults found in it so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.text_read = ""

    def fault(self, at: yaml.Node | None, text: str) -> None:
        """Note a fault at a value."""
        self._fault(at.start_mark if at is not None else None, text)

    def root(self, path: Path) -> yaml.Node | None:
        """The file's content; None, with its fault noted, if it can't be used. Raises OSError if it can't be read."""
        with path.open("rb") as file:
            return self.root_of(file.read(LARGEST + 1))

    def root_of(self, content: bytes) -> yaml.Node | None:
        """As ``root``, for the content of a file."""
        if len(content) > LARGEST:
            self.fault(None, f"expected at most {LARGEST // 1024} KiB in a file")
            return None
        content = content.removeprefix(BOM_UTF8)
        try:
            self.text_read = content.decode()
            root = self._plain(self.text_read)
        except UnicodeDecodeError as wrong:
            self._fault_after(content[: wrong.start], "expected UTF-8 text")
        except yaml.MarkedYAMLError as wrong:
            self._fault(wrong.problem_mark or wrong.context_mark, f"not YAML: {wrong.problem}")
        except yaml.reader.ReaderError as wrong:
            self._fault_after(content[: int(wrong.position)], f"not YAML: {wrong.reason}")
        else:
            if root is None and not self.faults:
                self.fault(None, "the file is empty")
            return root
        return None

    def _plain(self, text: str) -> yaml.Node | None:
        """The content, if it is of the few means that a rule needs."""
        depth = documents = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            documents += isinstance(event, yaml.DocumentStartEvent)
            for refused, why in (
                (getattr(event, "anchor", None), "anchors and aliases are not used in rules: write it out"),
                (getattr(event, "tag", None), "tags are not used in rules: remove it"),
                (documents > 1, "expected one document in a file"),
                (depth > DEEPEST, f"nested deeper than {DEEPEST} levels"),
            ):
                if refused:
                    self._fault(event.start_mark, why)
                    return None
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
        return root

    def mapping(
        self, node: yaml.Node, what: str, required: Iterable[str], optional: Iterable[str] = ()
    ) -> dict[str, yaml.Node]:
        """The values of a mapping by their keys; keys it may not have are left out, with a fault."""
        required = tuple(required)
        known = (*required, *optional)
        found = {}
        for name, (key, value) in self.entries(node, what).items():
            if name in known:
                found[name] = value
            else:
                self.fault(key, f"{what} has no key {name}{self.nearest(name, known)}")
        if isinstance(node, yaml.MappingNode):
            for name in required:
                if name not in found:
                    self.fault(node, f"{what} lacks the key {name}")
        return found

    def entries(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Each key of a mapping, as its text, with the key and the value."""
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"{what}: expected keys and values, not {_told(node)}")
            return {}
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.fault(key, f"{what}: expected the name of a key")
            elif key.value in found:
                first = found[key.value][0].start_mark.line + 1
                self.fault(key, f"{what} has the key {key.value} twice, first in line {first}")
            else:
                found[key.value] = key, value
        return found

    def items(self, node: yaml.Node, what: str) -> Sequence[yaml.Node]:
        """The values of a list, which must have some."""
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, f"{what}: expected a list in brackets, not {_told(node)}")
            return ()
        if not node.value:
            self.fault(node, f"{what}: expected at least one value")
        values: list[yaml.Node] = node.value
        return values

    def text(self, node: yaml.Node, what: str, expected: str = "text", largest: int = 1000) -> str:
        """A text, blanks around it taken off."""
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL or not node.value.strip():
            self.fault(node, f"{what}: expected {expected}, not {_told(node)}")
            return ""
        if node.tag != _TEXT:
            self.fault(node, f'{what}: expected {expected}: put it in quotes: "{node.value}"')
            return ""
        if len(node.value) > largest:
            self.fault(node, f"{what}: expected at most {largest} characters, not {len(node.value)}")
            return ""
        return str(node.value.strip())

    def pattern(self, node: yaml.Node, what: str, pattern: str, expected: str) -> str:
        """A text of a form; an empty one where it is not of it."""
        text = self.text(node, what, expected)
        if text and not re.fullmatch(pattern, text):
            self.fault(node, f"{what}: expected {expected}, not {text}")
            return ""
        return text

    def choice(self, node: yaml.Node, what: str, options: Collection[str], expected: str = "") -> str:
        """One of a few words; an empty text where it is none."""
        expected = expected or f"one of {', '.join(options)}"
        text = self.text(node, what, expected)
        if text and text not in options:
            self.fault(node, f"{what}: expected {expected}, not {text}{self.nearest(text, options)}")
            return ""
        return text

    def day(self, node: yaml.Node, what: str) -> date:
        """A date, between the first and the last day that are taken for one."""
        if isinstance(node, yaml.ScalarNode) and _DAY.fullmatch(node.value):
            with suppress(ValueError):
                day = date.fromisoformat(node.value)
                if FIRST_DAY <= day <= LAST_DAY:
                    return day
        self.fault(node, f"{what}: expected a date like 2026-03-02, not {_told(node)}")
        return LAST_DAY

    def number(self, node: yaml.Node, what: str) -> Decimal:
        """A number."""
        if isinstance(node, yaml.ScalarNode) and node.tag != _TEXT and _NUMBER.fullmatch(node.value):
            return Decimal(node.value)
        self.fault(node, f"{what}: expected a number, not {_told(node)}")
        return Decimal(0)

    def nearest(self, name: str, known: Collection[str]) -> str:
        """What was probably meant, as the end of a sentence; of many faults not all, for it takes long to find."""
        if len(self.faults) > MOST_GUESSES:
            return ""
        close = get_close_matches(name, list(known), n=1, cutoff=0.6)
        return f"; did you mean {close[0]}?" if close else ""

    def _fault(self, mark: Any, text: str) -> None:
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self.faults.append(Fault(self.file, line, column, text))

    def _fault_after(self, before: bytes, text: str) -> None:
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        self.faults.append(Fault(self.file, line, column, text))


def plain(node: yaml.Node) -> object:
    """The value without its places: mappings, lists, None, and every other value as its text."""
    match node:
        case yaml.MappingNode():
            return {str(key.value): plain(value) for key, value in node.value}
        case yaml.SequenceNode():
            return [plain(value) for value in node.value]
        case _:
            return None if node.tag == _NULL else node.value


def data(node: yaml.Node) -> Any:
    """The value as it would be written in JSON: true and false, plain numbers, every other scalar as text."""
    match node:
        case yaml.MappingNode():
            return {str(key.value): data(value) for key, value in node.value}
        case yaml.SequenceNode():
            return [data(value) for value in node.value]
        case yaml.ScalarNode(tag=tag, value=text) if tag != _TEXT and (
            text in {"true", "false", "null"} or _NUMBER.fullmatch(text)
        ):
            return json.loads(text)
        case _:
            return None if node.tag == _NULL else node.value


def _told(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "keys and values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return node.value if len(node.value) <= 40 else f"{node.value[:40]}…" if node.value else "nothing"
