"""One client of a soak: asks for what the API does, in a mixture that its number decides, and notes what it is told."""

import gzip
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from scrubber.api.payer_rule_tests import EXAMPLE_RULE
from scrubber.store.batches import UNFINISHED
from tests.integration.batch_processes import ndjson
from tests.remittance_files import Paid, Service, remittance
from tests.services import ROOT

GOLDEN = ROOT / "tests" / "golden"
JSON = {"Content-Type": "application/json"}
CLAIM = (ROOT / "docs" / "guide" / "sample-claim.json").read_bytes()
READ = ("/readyz", "/metrics", "/v1/edits", "/v1/codes/icd10cm/M53.81", "/v1/payer-rules", "/openapi.json",
        "/v1/coverage?procedure=98940&diagnosis=M99.01", "/v1/batches?limit=20", "/v1/waivers")  # fmt: skip
WRONG = (
    ("POST", "/v1/claims/scrub", b"[" * 10_000, {400}),
    ("POST", "/v1/claims/scrub", b'{"claim_id": 1}', {422}),
    ("POST", "/v1/claims/scrub", b" " * 3_000_000, {413}),
    ("POST", "/v1/remittances", b"nothing of that kind", {409, 422}),
    ("POST", "/v1/batches", b"", {422}),
    ("GET", "/v1/batches/none", None, {404}),
    ("GET", "/v1/codes/icd10cm/none", None, {404}),
    ("PUT", "/v1/batches", b"", {405}),
)
MOST_UNFINISHED = 3
"""Batches of one client."""


@dataclass
class Tally:
    """What was asked and how it ended, the records of each batch that was taken in, and what was not as expected."""

    asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    batches: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.asked + other.asked, self.batches | other.batches, self.faults + other.faults)


def client(url: str, number: int, seconds: float, most: int) -> Tally:
    """Ask until the time is over, or so many times."""
    one = Client(url, random.Random(number))
    end = time.monotonic() + seconds
    acts, weights = zip(*one.acts().items(), strict=True)
    for _ in range(most):
        if time.monotonic() >= end:
            break
        one.dice.choices(acts, weights)[0]()
    return one.tally


class Client:
    """What a client knows of its batches, and what it does."""

    def __init__(self, url: str, dice: random.Random) -> None:
        self.url, self.dice = url, dice
        self.tally, self.session = Tally(), requests.Session()
        self.unfinished: list[str] = []
        self.recent: deque[str] = deque(maxlen=20)

    def acts(self) -> dict[Callable[[], None], int]:
        """How often it does what, of a hundred times."""
        return {
            self.claim: 50, self.read: 10, self.wrong: 10, self.rule: 3, self.remit: 1, self.send: 6, self.look: 12,
            self.results: 6, self.report: 2,
        }  # fmt: skip

    def ask(self, what: str, method: str, path: str, expected: set[int], **more: Any) -> requests.Response:
        answer = self.session.request(method, self.url + path, timeout=120, **more)
        self.tally.asked[what, answer.status_code] += 1
        if answer.status_code not in expected:
            self.tally.faults.append(f"{what}: {answer.status_code} {answer.text[:300]}")
        if answer.status_code == 413:
            self.session.close()  # gunicorn ends a connection on which a body was left unread
        return answer

    def claim(self) -> None:
        self.ask("claim", "POST", "/v1/claims/scrub", {200}, data=CLAIM, headers=JSON)

    def read(self) -> None:
        self.ask("read", "GET", self.dice.choice(READ), {200})

    def wrong(self) -> None:
        method, path, body, expected = self.dice.choice(WRONG)
        self.ask("wrong", method, path, expected, data=body, headers=JSON)

    def rule(self) -> None:
        body = {"payer": "medicare_part_b", "rule": EXAMPLE_RULE}
        self.ask("rule test", "POST", "/v1/payer-rules/test", {200}, json=body)

    def remit(self) -> None:
        service = Service("98940", "2026-03-02", "45.00", paid="45.00")
        file = remittance([Paid(f"T-{self.dice.randrange(10**6)}", [service])])
        self.ask("remittance", "POST", "/v1/remittances", {200, 201}, data=file)

    def send(self) -> None:
        if len(self.unfinished) == MOST_UNFINISHED:
            self.look()
            return
        content, records = self.dice.choice(UPLOADS)(self.dice)
        answer = self.ask("batch", "POST", "/v1/batches", {202}, data=content)
        if answer.status_code == 202:
            batch = answer.json()["id"]
            self.tally.batches[batch] = records
            self.unfinished.append(batch)

    def look(self) -> None:
        if self.unfinished:
            batch = self.dice.choice(self.unfinished)
            if self.ask("look", "GET", f"/v1/batches/{batch}", {200}).json()["state"] not in UNFINISHED:
                self.unfinished.remove(batch)
                self.recent.append(batch)

    def results(self) -> None:
        if self.recent:
            accept = self.dice.choice(["application/json", "application/x-ndjson", "text/csv"])
            path = f"/v1/batches/{self.dice.choice(self.recent)}/results"
            self.ask("results", "GET", path, {200}, headers={"Accept": accept})

    def report(self) -> None:
        if self.recent:
            form = self.dice.choice(["json", "html", "csv", "xlsx", "pdf"])
            self.ask("report", "GET", f"/v1/batches/{self.dice.choice(self.recent)}/report.{form}", {200})


def _lines(dice: random.Random) -> tuple[bytes, int]:
    records = dice.randint(1, 400)
    return ndjson(records, bad_every=dice.choice([0, 7]), mark=f"MBI{dice.randrange(10**9)}"), records


def _packed(dice: random.Random) -> tuple[bytes, int]:
    content, records = _lines(dice)
    return gzip.compress(content), records


def _array(dice: random.Random) -> tuple[bytes, int]:
    records = dice.randint(1, 50)
    mark = f"MBI{dice.randrange(10**9)}"
    return b"[" + b",".join(ndjson(records, mark=mark).splitlines()) + b"]", records


def _file(path: str, records: int) -> Callable[[random.Random], tuple[bytes, int]]:
    content = (GOLDEN / path).read_bytes()
    return lambda _dice: (content, records)


UPLOADS = (
    _lines,
    _packed,
    _array,
    _file("x12/everything.837", 2),
    _file("intake/claims.csv", 2),
    _file("intake/bundle.fhir.json", 2),
)
