from docs.generate import generated


def test_generated_docs_are_current() -> None:
    assert [
        path.name for path, text in generated().items() if not path.is_file() or path.read_text() != text
    ] == []
