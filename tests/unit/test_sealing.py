import io
import os
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.store.sealing import MAGIC, NOTHING_SEALED, PIECE, SealBroken, Sealing

OLD, NEW = b"o" * 32, b"n" * 32
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7]


def sealed(content: bytes, keys: tuple[bytes, ...] = (NEW,), place: str = "a", step: int = 100_000) -> bytes:
    file = io.BytesIO()
    with Sealing(keys).writing(file, place) as writer:
        for start in range(0, len(content), step):
            assert writer.write(content[start : start + step]) == len(content[start : start + step])
    return file.getvalue()


def opened(kept: bytes, keys: tuple[bytes, ...] = (NEW,), place: str = "a") -> BinaryIO:
    return Sealing(keys).reader(io.BytesIO(kept), place)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [PIECE // 3, 4 * PIECE])
def test_what_is_sealed_opens_again(size: int, step: int) -> None:
    content = os.urandom(size)
    kept = sealed(content, step=step)
    assert kept.startswith(MAGIC)
    assert size < 16 or content[:16] not in kept
    assert opened(kept).read() == content
    assert Sealing([NEW]).open(Sealing([NEW]).seal(content, "a"), "a") == content


@given(
    st.sampled_from(SIZES),
    st.lists(st.tuples(st.integers(0, 4 * PIECE), st.integers(0, 2 * PIECE)), max_size=8),
)
def test_a_sealed_blob_reads_like_a_file_from_any_position(size: int, reads: list[tuple[int, int]]) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    plain, blob = io.BytesIO(content[:size]), opened(sealed(content[:size]))
    for position, count in reads:
        assert blob.seek(position) == plain.seek(position)
        assert blob.read(count) == plain.read(count)
    assert blob.seek(-1 if size else 0, io.SEEK_END) == max(0, size - 1)


@given(st.data())
def test_no_bit_can_be_changed(data: st.DataObject) -> None:
    kept = bytearray(sealed(b"claim" * PIECE))
    position = data.draw(st.integers(len(MAGIC), len(kept) - 1))
    kept[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        opened(bytes(kept)).read()


def test_nothing_can_be_cut_off_swapped_or_put_elsewhere() -> None:
    content = os.urandom(3 * PIECE)
    kept = sealed(content)
    piece = PIECE + 16
    head, pieces = (
        kept[: -3 * piece],
        [kept[-3 * piece : -2 * piece], kept[-2 * piece : -piece], kept[-piece:]],
    )
    assert opened(head + b"".join(pieces)).read() == content
    for wrong in (
        kept[:-1], kept[:-piece], head, head + pieces[0] + pieces[2], head + pieces[1] + pieces[0] + pieces[2],
        kept + pieces[2],
    ):  # fmt: skip
        with pytest.raises(SealBroken, match="changed"):
            opened(wrong).read()
    with pytest.raises(SealBroken, match="another place"):
        opened(kept, place="b").read()
    with pytest.raises(SealBroken, match="another place"):
        Sealing([NEW]).open(Sealing([NEW]).seal(b"x", "a"), "b")


def test_the_first_key_seals_and_each_opens() -> None:
    before, after = sealed(b"x", (OLD,)), sealed(b"x", (NEW, OLD))
    assert opened(before, (NEW, OLD)).read() == opened(after, (NEW, OLD)).read() == b"x"
    assert opened(after).read() == b"x"
    assert Sealing([NEW, OLD]).needs_sealing(before)
    assert not Sealing([NEW, OLD]).needs_sealing(after)
    with pytest.raises(SealBroken, match="which is not among SCRUBBER_ENCRYPTION_KEYS"):
        opened(before)


def test_without_keys_nothing_is_sealed_and_what_never_was_is_read() -> None:
    assert sealed(b"ISA*00*", ()) == b"ISA*00*"
    assert NOTHING_SEALED.seal(b"x", "a") == b"x"
    assert opened(b"ISA*00*").read() == b"ISA*00*"
    assert Sealing([NEW]).open(b"x", "a") == b"x"
    assert Sealing([NEW]).needs_sealing(b"ISA*00*")


def test_two_sealings_of_the_same_are_not_the_same() -> None:
    assert sealed(b"x") != sealed(b"x")
