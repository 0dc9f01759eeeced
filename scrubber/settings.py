"""Every setting, once: its name, environment variable, type, default and what it is for.

The settings page of the docs is generated from this module, so what stands here is all there is.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "SCRUBBER_"
FILE = "_FILE"
"""A variable with this at its end names a file that holds the value: what orchestrators hand secrets over in."""


class SettingInvalid(Exception):
    """A setting has a value that can't be used. The message names the variable and says what is expected."""


def _setting(default: Any, says: str, parse: Callable[[str], Any] = str, *, secret: bool = False) -> Any:
    metadata = {"says": says, "parse": parse}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata, repr=not secret)


def _whole_number(at_least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text) if text.strip().isascii() and text.strip().isdigit() else at_least - 1
        if number < at_least:
            raise SettingInvalid(f"a whole number, {at_least} or more")
        return number

    return parse


def _yes_or_no(text: str) -> bool:
    answer = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(
        text.strip().lower()
    )
    if answer is None:
        raise SettingInvalid("yes or no")
    return answer


def _signing_key(text: str) -> bytes:
    try:
        key = b64decode(text.strip().removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not 24 <= len(key) <= 64:
        raise SettingInvalid("the base64 of 24 to 64 random bytes, after whsec_ if you like")
    return key


def _encryption_keys(text: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(b64decode(key.strip(), validate=True) for key in text.split(","))
    except ValueError:
        keys = (b"",)
    if any(len(key) != 32 for key in keys) or len(set(keys)) < len(keys):
        raise SettingInvalid("the base64 of 32 random bytes, or of several, all different, between commas")
    return keys


def _content(variable: str, given: Mapping[str, str]) -> str:
    if variable in given:
        raise SettingInvalid(f"{variable} and {variable}{FILE} are both given; give one")
    try:
        text = Path(given[variable + FILE]).read_text().strip()
    except (OSError, UnicodeDecodeError) as why:
        reason = why.strerror if isinstance(why, OSError) else "it is not text"
        raise SettingInvalid(f"{variable}{FILE} names a file that can't be read: {reason}") from None
    if not text:
        raise SettingInvalid(f"{variable}{FILE} names a file with nothing in it")
    return text


def _directory(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _home() -> Path:
    return Path.home() / ".local" / "share" / "claim-scrubber"


def shipped(name: str) -> Path:
    """The directory ``lcd_data`` or ``payer_rules`` as it came with the program: checkout first, then wheel."""
    package = Path(__file__).parent
    beside = package.parent / name
    return beside if beside.is_dir() else package / "_data" / name


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one service. Read once at start, by whoever starts it."""

    data_dir: Path = _setting(_home, "Where the service keeps what it makes and stores", _directory)
    reference_dir: Path | None = _setting(
        None, "Where built reference snapshots are kept; unset: `reference` in the data directory", _directory
    )
    lcd_data_dir: Path = _setting(
        lambda: shipped("lcd_data"),
        "Coverage articles and starter tables, as shipped or your own copy",
        _directory,
    )
    payer_rules_dir: Path = _setting(
        lambda: shipped("payer_rules"),
        "Payer profiles and payer rules, as shipped or your own copy",
        _directory,
    )
    host: str = _setting("127.0.0.1", "Address the API binds to")
    port: int = _setting(8000, "Port the API binds to", _whole_number(1))
    api_key: str | None = _setting(
        None, "Key that the commands that ask a running service send to it", secret=True
    )
    url: str | None = _setting(None, "Where commands find the running service; unset: at host and port")
    workers: int = _setting(2, "Number of API worker processes", _whole_number(1))
    requests_per_minute: int = _setting(
        60_000, "Requests one key may send in a minute; 0: any number", _whole_number(0)
    )
    slow_requests: int = _setting(
        4,
        "Uploads, downloads and reports one key may have under way at a time in one API process; 0: any number",
        _whole_number(0),
    )
    session_secret: bytes | None = _setting(
        None,
        "What the cookies of signed-in browsers are signed with: base64 of 24 to 64 random bytes; unset: a file that "
        "is made in the data directory",
        _signing_key,
        secret=True,
    )
    max_claim_bytes: int = _setting(
        2 * 1024 * 1024, "Largest body in bytes that POST /v1/claims/scrub accepts", _whole_number(1024)
    )
    redis_url: str | None = _setting(
        None,
        "Redis or Valkey that queues batches; unset: `scrubber serve --embedded` starts one of its own",
        secret=True,
    )
    database_url: str | None = _setting(
        None,
        "Database of batches and results, `postgresql+psycopg://...`; unset: an SQLite file in the data directory",
        secret=True,
    )
    blob_url: str | None = _setting(
        None,
        "Where uploads are kept, any fsspec URL; unset: `blobs` in the data directory",
        secret=True,
    )
    batch_workers: int = _setting(
        1, "Number of batch worker processes that `scrubber serve --embedded` starts", _whole_number(1)
    )
    max_upload_bytes: int = _setting(
        2 * 1024**3, "Largest upload in bytes that POST /v1/batches accepts", _whole_number(1024)
    )
    max_running_batches: int = _setting(
        100, "Batches one tenant may have unfinished at a time", _whole_number(1)
    )
    chunk_claims: int = _setting(
        4000, "Claims a batch worker scrubs and stores at a time, in one transaction", _whole_number(1)
    )
    chunk_seconds: int = _setting(
        120,
        "Seconds a worker may take for one chunk; also how long after its death another one takes over",
        _whole_number(1),
    )
    small_batch_bytes: int = _setting(
        1024**2, "Uploads up to this many bytes are queued before larger ones", _whole_number(0)
    )
    retention_days: int = _setting(
        90,
        "Days after which a finished batch is purged: upload, results, history; 0: never",
        _whole_number(0),
    )
    tracing: bool = _setting(
        False,
        "Whether spans of requests are sent as the OTEL_* variables of OpenTelemetry say; needs the extra `tracing`",
        _yes_or_no,
    )
    encryption_keys: tuple[bytes, ...] = _setting(
        (),
        "Keys that uploads, results and the secret of member hashes are sealed with: base64 of 32 bytes each, between "
        "commas; the first seals, each opens; unset: nothing is sealed",
        _encryption_keys,
        secret=True,
    )
    callback_secret: bytes | None = _setting(
        None,
        "Key that callbacks are signed with: `whsec_` and base64 of 24 to 64 bytes; unset: no callbacks",
        _signing_key,
        secret=True,
    )
    callback_to_anywhere: bool = _setting(
        False, "Whether callbacks may go to plain http and to private addresses", _yes_or_no
    )

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings of an environment, and of the files that it names.

        Raises SettingInvalid naming the variable, also for one it doesn't know.
        """
        known = {PREFIX + setting.name.upper(): setting for setting in fields(cls)}
        ours = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
        if unknown := sorted(name for name in ours if name.removesuffix(FILE) not in known):
            raise SettingInvalid(
                f"{unknown[0]} is not a setting; the settings are {', '.join(sorted(known))}"
            )
        given = {name: text for name, text in ours.items() if text}
        values = {}
        for variable, setting in known.items():
            text = _content(variable, given) if variable + FILE in given else given.get(variable)
            if text is None:
                continue
            try:
                values[setting.name] = setting.metadata["parse"](text)
            except SettingInvalid as expected:
                raise SettingInvalid(f"{variable} must be {expected}") from None
        return cls(**values)

    @property
    def database(self) -> str:
        """The URL of the database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'scrubber.db'}"

    @property
    def blobs(self) -> str:
        """The URL below which uploads are kept."""
        return self.blob_url or (self.data_dir / "blobs").as_uri()

    @property
    def snapshots(self) -> Path:
        """The directory of built reference snapshots."""
        return self.reference_dir or self.data_dir / "reference"


@dataclass(frozen=True, slots=True)
class SettingPage:
    """What the docs say of one setting."""

    variable: str
    default: str
    says: str


def setting_pages() -> list[SettingPage]:
    """Every setting for the docs, in the order of declaration."""
    return [
        SettingPage(PREFIX + setting.name.upper(), _default_told(setting), setting.metadata["says"])
        for setting in fields(Settings)
    ]


def _default_told(setting: Any) -> str:
    if setting.default is not MISSING:
        return "unset" if setting.default in {None, ()} else str(setting.default)
    return "~/.local/share/claim-scrubber" if setting.name == "data_dir" else "as shipped"
