from pathlib import Path

import pytest

from scrubber.settings import SettingInvalid, Settings, setting_pages


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
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], told: str) -> None:
    with pytest.raises(SettingInvalid, match=told):
        Settings.read(environ)


def test_every_setting_says_what_it_is_for() -> None:
    for page in setting_pages():
        assert page.says
