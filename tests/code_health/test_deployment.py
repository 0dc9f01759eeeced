"""The files that put the service into containers, held to their schemas and to the rules of their kind."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from scrubber import __version__
from scrubber.settings import PREFIX, setting_pages
from tests.services import ROOT

COMPOSE = ROOT / "docker-compose.yml"
MANIFESTS = sorted(
    path for path in (ROOT / "docker" / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml"
)
KUBERNETES = "1.33"
SETTINGS = {page.variable for page in setting_pages()}


def tool(name: str) -> str:
    """A program that the project's environment has, if there is one for this machine."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"there is no {name} for this machine")
    return found


def findings(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def services() -> dict[str, dict[str, Any]]:
    given: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return given


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """What runs in the cluster: the spec of each pod."""
    for path in MANIFESTS:
        for manifest in yaml.safe_load_all(path.read_text()):
            if "template" in manifest.get("spec", {}):
                yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


def test_the_dockerfile_keeps_the_rules_of_its_kind() -> None:
    assert findings(tool("hadolint"), "Dockerfile") == ""


def test_the_shell_scripts_are_sound() -> None:
    scripts = [str(path) for path in sorted((ROOT / "docker").glob("*.sh"))]
    assert findings(tool("shellcheck"), *scripts) == ""


def test_the_compose_file_is_of_its_schema() -> None:
    assert findings(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(COMPOSE)) == ""


@pytest.mark.parametrize("name", services())
def test_a_service_is_bounded_and_has_no_rights_it_does_not_need(name: str) -> None:
    service = services()[name]
    assert service["read_only"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory", "pids"} == set(service["deploy"]["resources"]["limits"])
    assert ("build" in service) or ":" in service["image"], "of no known version"
    assert not [text for text in service.get("environment", {}).values() if "password" in str(text).lower()
                and not str(text).startswith("/run/secrets/")]  # fmt: skip


def test_the_settings_of_the_compose_file_are_known() -> None:
    given = {
        name.removesuffix("_FILE")
        for service in services().values()
        for name in service.get("environment", {})
        if name.startswith(PREFIX)
    }
    assert given
    assert given <= SETTINGS


def test_only_the_api_is_reached_from_without_and_only_on_this_machine() -> None:
    assert [name for name, service in services().items() if "ports" in service] == ["api"]
    assert services()["api"]["ports"] == ["${SCRUBBER_PUBLISH:-127.0.0.1:8000}:8000"]


def test_every_image_is_of_this_version() -> None:
    tag = f"claim-scrubber:{__version__}"
    assert services()["api"]["image"] == tag
    kustomization = yaml.safe_load((ROOT / "docker" / "kubernetes" / "kustomization.yaml").read_text())
    assert kustomization["images"] == [{"name": "claim-scrubber", "newTag": __version__}]
    assert sorted(kustomization["resources"]) == [path.name for path in MANIFESTS]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_a_manifest_is_of_its_schema(path: Path) -> None:
    for manifest in yaml.safe_load_all(path.read_text()):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_no_pod_has_rights_it_does_not_need() -> None:
    seen = dict(pods())
    assert set(seen) == {"api", "worker", "valkey"}
    for pod in seen.values():
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert "memory" in container["resources"]["limits"]


def test_the_settings_of_the_cluster_are_known() -> None:
    settings = yaml.safe_load((ROOT / "docker" / "kubernetes" / "settings.yaml").read_text())["data"]
    named = {
        variable["name"].removesuffix("_FILE")
        for _, pod in pods()
        for container in pod["containers"]
        for variable in container.get("env", ())
    }
    assert settings.keys() | named <= SETTINGS
