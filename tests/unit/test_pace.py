"""Clients that dawdle are let go, those that are merely slow are not."""

import socket
from collections.abc import Iterator

import pytest

from scrubber.api import pace
from scrubber.api.pace import PacedSocket


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PacedSocket, socket.socket]]:
    clock = iter(range(1000))
    monkeypatch.setattr(pace, "monotonic", lambda: next(clock))  # each read or write takes a second
    ours, theirs = socket.socketpair()
    with PacedSocket(fileno=ours.detach()) as paced, theirs:
        paced.begin()
        yield paced, theirs


def dribble(pair: tuple[PacedSocket, socket.socket], size: int, times: int) -> None:
    for _ in range(times):
        pair[1].sendall(b"x" * size)
        assert pair[0].recv(8192) == b"x" * size


def test_a_byte_a_second_is_too_little(pair: tuple[PacedSocket, socket.socket]) -> None:
    with pytest.raises(ConnectionResetError):
        dribble(pair, 1, 32)


def test_a_kilobyte_a_second_is_enough_for_as_long_as_it_takes(
    pair: tuple[PacedSocket, socket.socket],
) -> None:
    dribble(pair, 1024, 200)
    dribble(pair, 1, 30)


def test_while_others_wait_for_a_thread_patience_is_short(pair: tuple[PacedSocket, socket.socket]) -> None:
    dribble(pair, 1, 5)
    pair[0].crowded = lambda: True
    with pytest.raises(ConnectionResetError):
        dribble(pair, 1, 1)
    pair[0].begin()
    dribble(pair, 1024, 50)


def test_a_client_that_is_silent_is_looked_at_now_and_then(pair: tuple[PacedSocket, socket.socket]) -> None:
    pair[0].setblocking(False)  # as a socket whose time limit is over
    with pytest.raises(ConnectionResetError):
        pair[0].recv(1)


def test_the_next_request_begins_anew(pair: tuple[PacedSocket, socket.socket]) -> None:
    dribble(pair, 1, 30)
    pair[0].begin()
    dribble(pair, 1, 30)


def test_who_takes_an_answer_in_crumbs_is_too_slow(
    pair: tuple[PacedSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    paced, theirs = pair
    paced.sendall(b"x" * 5000)
    assert theirs.recv(8192) == b"x" * 5000
    monkeypatch.setattr(paced, "send", lambda *_: 1, raising=False)
    with pytest.raises(ConnectionResetError):
        paced.sendall(b"x" * 40)
