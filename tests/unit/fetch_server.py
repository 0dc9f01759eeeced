"""A server of one official file for requests-mock: ranges, validators, and every fault a server has."""

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import requests
from requests_mock import Mocker

from scrubber.importers.fetch.addresses import FileAddress
from scrubber.importers.fetch.find import Target
from scrubber.importers.fetch.web import Web

HOST = "files.example"
URL = f"https://{HOST}/zip/table.zip"
EXPECTED = FileAddress(least=100, most=100_000, url=URL, holds=r"table\.txt$")
TARGET = Target(URL, "table.zip", EXPECTED)


def zipped(text: str, name: str = "table.txt") -> bytes:
    """A zip of one file, not packed, so that its size is that of the text and a bit."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


@dataclass
class Server:
    """What it answers; ``cuts`` says after how many bytes of each answer the connection ends."""

    content: bytes
    etag: str | None = '"1"'
    modified: str | None = None
    takes_ranges: bool = True
    tells_length: bool = True
    content_type: str = "application/zip"
    cuts: list[int] = field(default_factory=list)
    asked: list[requests.Request] = field(default_factory=list)

    def serve(self, mocker: Mocker, url: str = URL) -> "Server":
        mocker.get(url, content=self._answer)
        return self

    def _answer(self, request: Any, context: Any) -> bytes:
        self.asked.append(request)
        context.headers["Content-Type"] = self.content_type
        for name, told in (("ETag", self.etag), ("Last-Modified", self.modified)):
            if told:
                context.headers[name] = told
        if self._unchanged(request.headers):
            context.status_code = 304
            return b""
        start = 0
        if self.takes_ranges and "Range" in request.headers and self._same(request.headers.get("If-Range")):
            start = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if start >= len(self.content):
                context.status_code = 416
                return b""
            context.status_code = 206
            context.headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        rest = self.content[start:]
        if self.tells_length:
            context.headers["Content-Length"] = str(len(rest))
        return rest[: self.cuts.pop(0)] if self.cuts else rest

    def _unchanged(self, headers: Any) -> bool:
        if "If-None-Match" in headers:
            return bool(headers["If-None-Match"] == self.etag)
        return "If-Modified-Since" in headers and headers["If-Modified-Since"] == self.modified

    def _same(self, validator: str | None) -> bool:
        return validator in {self.etag, self.modified}


def web(waited: list[float] | None = None, told: list[str] | None = None) -> Web:
    """A web that waits for nothing."""
    return Web(
        requests.Session(),
        frozenset({HOST, "pages.example"}),
        (told if told is not None else []).append,
        (waited if waited is not None else []).append,
    )
