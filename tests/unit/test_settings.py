from base64 import b64encode
from pathlib import Path

import pytest

from scrubber.settings import SettingInvalid, Settings, setting_pages

KEY = b64encode(b"k" * 32).decode()


def test_defaults_need_no_environment() -> None:
    settings = Settings.read({"PATH": "/bin"})
    assert settings.port == 8000
    assert settings.host == "127.0.0.1"
    assert (settings.lcd_data_dir / "schema.json").is_file()
    assert settings.snapshots == settings.data_dir / "reference"


def test_values_are_read_by_type() -> None:
    settings = Settings.read({"SCRUBBER_PORT": "9000", "SCRUBBER_DATA_DIR": "~/there"})
    assert settings.port == 9000
    assert settings.data_dir == Path.home() / "there"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"SCRUBBER_PORT": "eighty"}, "SCRUBBER_PORT must be a whole number, 1 or more"),
        ({"SCRUBBER_PORT": "0"}, "SCRUBBER_PORT must be"),
        ({"SCRUBBER_PROT": "80"}, "SCRUBBER_PROT is not a setting"),
        ({"SCRUBBER_ENCRYPTION_KEYS": "c2hvcnQ="}, "SCRUBBER_ENCRYPTION_KEYS must be the base64 of 32"),
        ({"SCRUBBER_ENCRYPTION_KEYS": f"{KEY},{KEY}"}, "all different"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], told: str) -> None:
    with pytest.raises(SettingInvalid, match=told):
        Settings.read(environ)


def test_every_setting_says_what_it_is_for() -> None:
    for page in setting_pages():
        assert page.says


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "database_url"
    secret.write_text("postgresql+psycopg://scrubber:secret@db/scrubber\n")
    settings = Settings.read({"SCRUBBER_DATABASE_URL_FILE": str(secret)})
    assert settings.database == "postgresql+psycopg://scrubber:secret@db/scrubber"


@pytest.mark.parametrize(
    ("content", "given", "told"),
    [
        ("8001", {"SCRUBBER_PORT": "8000"}, "SCRUBBER_PORT and SCRUBBER_PORT_FILE are both given"),
        ("no port", {}, "SCRUBBER_PORT must be a whole number"),
        ("\n", {}, "SCRUBBER_PORT_FILE names a file with nothing in it"),
        (None, {}, "SCRUBBER_PORT_FILE names a file that can't be read: No such file"),
    ],
)
def test_a_wrong_file_is_named_without_what_is_in_it(
    content: str | None, given: dict[str, str], told: str, tmp_path: Path
) -> None:
    secret = tmp_path / "port"
    if content is not None:
        secret.write_text(content)
    with pytest.raises(SettingInvalid, match=told) as raised:
        Settings.read({"SCRUBBER_PORT_FILE": str(secret), **given})
    assert "no port" not in str(raised.value)


def test_a_secret_is_not_shown_with_the_settings() -> None:
    settings = Settings.read(
        {
            "SCRUBBER_DATABASE_URL": "postgresql+psycopg://scrubber:secret@db/scrubber",
            "SCRUBBER_REDIS_URL": "redis://:secret@queue",
            "SCRUBBER_ENCRYPTION_KEYS": KEY,
        }
    )
    assert settings.encryption_keys == (b"k" * 32,)
    assert "secret" not in repr(settings)
    assert "kkkk" not in repr(settings)
