import pytest

from scrubber.reference import Sections, SnapshotDamaged, pack_sections

CONTENT = pack_sections({"a": b"one", "b": b"x" * 1000, "empty": b""}, {"a": "2026"})


def test_sections_come_back_as_they_went_in() -> None:
    sections = Sections(memoryview(CONTENT))
    assert bytes(sections["a"]) == b"one"
    assert bytes(sections["b"]) == b"x" * 1000
    assert bytes(sections["empty"]) == b""
    assert "c" not in sections
    assert sections.editions == {"a": "2026"}
    sections.verify()


def test_the_digest_names_the_content() -> None:
    same = pack_sections({"b": b"x" * 1000, "empty": b"", "a": b"one"}, {"a": "2026"})
    other = pack_sections({"a": b"two", "b": b"x" * 1000, "empty": b""}, {"a": "2026"})
    assert Sections(memoryview(CONTENT)).digest == Sections(memoryview(same)).digest
    assert Sections(memoryview(CONTENT)).digest != Sections(memoryview(other)).digest


@pytest.mark.parametrize("length", [0, 7, 40, 200, len(CONTENT) - 100])
def test_a_cut_file_is_refused_at_once(length: int) -> None:
    with pytest.raises(SnapshotDamaged):
        Sections(memoryview(CONTENT[:length])).verify()


def test_a_changed_byte_is_found_where_it_is() -> None:
    for position, section in (
        (CONTENT.index(b"one"), "section a"),
        (CONTENT.index(b"xxx"), "section b"),
        (60, "header"),
    ):
        damaged = bytearray(CONTENT)
        damaged[position] ^= 1
        with pytest.raises(SnapshotDamaged, match=section):
            Sections(memoryview(damaged)).verify()


def test_another_format_says_what_to_do() -> None:
    other = bytearray(CONTENT)
    other[8] = 99
    with pytest.raises(SnapshotDamaged, match="build it again"):
        Sections(memoryview(other))
