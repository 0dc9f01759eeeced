"""The container image without a container: the steps of the Dockerfile, in a directory that stands for its root.

Each path of the image is looked for below that directory, so what is built is in no place where a developer's machine
has it. No container engine is needed; what only one could show (the base image, users, limits) is not shown here.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests
from dockerfile_parse import DockerfileParser

from tests.services import PATIENCE, ROOT, Process, free_port, wait_until

TOPS = ("/opt", "/var", "/src")
"""The directories of the image that its steps write to."""


class Image:
    """What the steps of the Dockerfile make, below ``root``; ``environment`` is that of the last stage."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment: dict[str, str] = {}
        self.directory = root
        self.commands: dict[str, list[str]] = {}
        with (ROOT / "Dockerfile").open("rb") as steps:
            structure = DockerfileParser(fileobj=steps).structure
        for step in structure:
            if step["instruction"] != "COMMENT":
                getattr(self, f"_{step['instruction'].lower()}", lambda _value: None)(step["value"])

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """What a command prints in the environment of the image, ended in good order."""
        done = subprocess.run(
            command,
            cwd=self.directory,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def placed(self, text: str) -> str:
        """A text with the paths of the image where they are now."""
        for top in TOPS:
            text = text.replace(f"{top}/", f"{self.root}{top}/")
        return text

    def _from(self, _value: str) -> None:
        # Python, and what a package index needs where it is not the public one; nothing of this project.
        tools = self.root / "tools"
        tools.mkdir(exist_ok=True)
        if not (tools / "python").exists():
            (tools / "python").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
        given = {name: text for name, text in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
        self.environment = {**given, "PATH": f"{tools}:/usr/bin:/bin", "HOME": str(self.root)}
        if "HOME" in os.environ:
            given_config = Path(os.environ["HOME"]) / ".config" / "pip" / "pip.conf"
            if given_config.is_file():
                self.environment["PIP_CONFIG_FILE"] = str(given_config)

    def _env(self, value: str) -> None:
        for setting in shlex.split(value):
            name, _, text = setting.partition("=")
            self.environment[name] = self.placed(text).replace("$PATH", self.environment["PATH"])

    def _workdir(self, value: str) -> None:
        self.directory = Path(self.placed(f"{value}/"))
        self.directory.mkdir(parents=True, exist_ok=True)

    def _copy(self, value: str) -> None:
        *sources, target = [word for word in value.split() if not word.startswith("--chown")]
        if sources[0].startswith("--from"):
            assert Path(self.placed(f"{sources[1]}/")).is_dir(), f"no step makes {sources[1]}"
            return
        sent = (ROOT / ".dockerignore").read_text().splitlines()
        for source in sources:
            assert f"!{source}" in sent or f"!{Path(source).parts[0]}" in sent, f"{source} is not sent"
            into = self.directory / target / (Path(source).name if len(sources) > 1 else "")
            into.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("__pycache__", "secrets"))
            else:
                shutil.copy2(ROOT / source, into)

    def _run(self, value: str) -> None:
        if "useradd" not in value:  # that is for an engine
            self.run("/bin/sh", "-c", self.placed(value))

    def _keep(self, name: str, value: str) -> None:
        self.commands[name] = [self.placed(word) for word in json.loads(value)]

    def _entrypoint(self, value: str) -> None:
        self._keep("entrypoint", value)

    def _cmd(self, value: str) -> None:
        self._keep("cmd", value)

    def _healthcheck(self, value: str) -> None:
        self._keep("healthcheck", value.partition("CMD ")[2])


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    root = tmp_path_factory.mktemp("image")
    yield Image(root)
    shutil.rmtree(root)


@pytest.fixture
def running(image: Image, redis_url: str, tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """The environment of an API and a worker that run from the image over a copy of its state."""
    state = tmp_path / "state"
    shutil.copytree(image.environment["SCRUBBER_DATA_DIR"], state)
    environ = {
        **image.environment,
        "SCRUBBER_DATA_DIR": str(state),
        "SCRUBBER_HOST": "127.0.0.1",
        "SCRUBBER_PORT": str(free_port()),
        "SCRUBBER_REDIS_URL": f"{redis_url}&db=3" if "?" in redis_url else f"{redis_url}?db=3",
    }
    image.run(*image.commands["entrypoint"], "db", "upgrade", **environ)
    processes = [
        Process([*image.commands["entrypoint"], *command], environ, tmp_path / command[0])
        for command in (image.commands["cmd"], ["worker"])
    ]
    try:
        yield environ
        for process in processes:
            assert process.stop() == 0, process.output.read_text() + process.errors.read_text()
    finally:
        for process in processes:
            process.kill()


def test_the_image_serves_works_and_tells_its_health(image: Image, running: Mapping[str, str]) -> None:
    healthcheck = image.commands["healthcheck"]

    def healthy(role: str) -> bool:
        checked = subprocess.run([*healthcheck[:-1], role], env=running, capture_output=True, check=False)
        return checked.returncode == 0

    wait_until(lambda: healthy("api") and healthy("worker"))
    url = f"http://127.0.0.1:{running['SCRUBBER_PORT']}"
    sample = (ROOT / "docs" / "guide" / "sample-claim.json").read_bytes()
    scrubbed = requests.post(
        f"{url}/v1/claims/scrub", sample, headers={"Content-Type": "application/json"}, timeout=PATIENCE
    )
    assert scrubbed.json()["disposition"] == "hold"
    sent = requests.post(
        f"{url}/v1/batches", sample, headers={"Content-Type": "application/json"}, timeout=PATIENCE
    )
    wait_until(
        lambda: requests.get(url + sent.headers["Location"], timeout=PATIENCE).json()["state"] == "done"
    )


def test_a_health_check_says_what_is_wrong(image: Image) -> None:
    command = [*image.commands["healthcheck"]]
    environ = {**image.environment, "SCRUBBER_PORT": str(free_port())}
    for role, told in (("api", "does not answer"), ("worker", "names no Redis")):
        checked = subprocess.run(
            [*command[:-1], role], env=environ, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 1
        assert told in checked.stderr


def test_the_snapshot_built_in_is_of_the_data_in_the_image(image: Image) -> None:
    before = sorted((image.root / "var" / "lib" / "scrubber").rglob("*"))
    told = image.run(*image.commands["entrypoint"], "reference", "show")
    assert "Building" not in told.stdout + told.stderr
    assert sorted((image.root / "var" / "lib" / "scrubber").rglob("*")) == before


def test_nothing_of_the_build_is_left(image: Image) -> None:
    packages = image.run(f"{image.environment['APP']}/bin/pip", "list", "--format", "freeze").stdout
    assert "hatchling" not in packages
    assert "pytest" not in packages
    assert "claim-scrubber" in packages


def test_the_image_binds_beyond_loopback_and_so_needs_a_key(image: Image, tmp_path: Path) -> None:
    environ = {
        **image.environment,
        "SCRUBBER_DATA_DIR": str(tmp_path),
        "SCRUBBER_REFERENCE_DIR": f"{image.environment['SCRUBBER_DATA_DIR']}/reference",
        "SCRUBBER_PORT": str(free_port()),
    }
    command = [*image.commands["entrypoint"], *image.commands["cmd"]]
    refused = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode != 0
    assert "without an API key the service answers on" in refused.stderr
    assert "not on 0.0.0.0" in refused.stderr
