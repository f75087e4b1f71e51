"""What must hold of the Dockerfile and of compose.yaml, read without a Docker engine."""

from __future__ import annotations

import re
import secrets
import subprocess
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
TOOLS = Path(sysconfig.get_path("scripts"))
STORES = {"postgres", "redis"}
OURS = {"relay", "gateway", "worker", "worker-compute", "beat", "flower"}
PASSWORDS = re.findall(r"^(\w+_PASSWORD)=$", (DOCKER / ".env.example").read_text(), re.M)
Service = dict[str, Any]


def compose(env_file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [TOOLS / "docker-compose", "--env-file", env_file, "-f", DOCKER / "compose.yaml"]
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, env={"HOME": "/"}
    )


def write_env(path: Path, **values: str) -> Path:
    """A filled-in copy of the example; every password is fresh, so none can be a default."""
    fresh = {name: secrets.token_hex(16) for name in PASSWORDS}
    example = (DOCKER / ".env.example").read_text()
    lines = "".join(f"{name}={value}\n" for name, value in {**fresh, **values}.items())
    path.write_text(example + lines)
    return path


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Service]:
    env_file = write_env(tmp_path_factory.mktemp("compose") / "env")
    done = compose(env_file, "config", "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Service] = orjson.loads(done.stdout)["services"]
    return found


def test_dockerfile_passes_hadolint() -> None:
    done = subprocess.run(
        [TOOLS / "hadolint", DOCKER / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_compose_accepts_the_filled_in_example(tmp_path: Path) -> None:
    done = compose(write_env(tmp_path / "env"), "config", "-q")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", PASSWORDS)
def test_compose_refuses_to_start_without(name: str, tmp_path: Path) -> None:
    done = compose(write_env(tmp_path / "env", **{name: ""}), "config", "-q")
    assert done.returncode != 0
    assert name in done.stderr


def test_every_service_is_one_that_is_known_here(services: dict[str, Service]) -> None:
    assert set(services) == STORES | OURS | {"setup", "odoo"}


def test_without_the_profile_there_is_no_odoo(tmp_path: Path) -> None:
    env_file = write_env(tmp_path / "env", COMPOSE_PROFILES="")
    names = compose(env_file, "config", "--services").stdout.split()
    assert set(names) == STORES | OURS


def test_what_keeps_running_has_a_health_check(services: dict[str, Service]) -> None:
    assert {name for name, it in services.items() if "healthcheck" not in it} == {"setup"}


def test_what_keeps_running_is_restarted_and_has_time_to_drain(
    services: dict[str, Service],
) -> None:
    for name in set(services) - {"setup"}:
        assert services[name]["restart"] == "unless-stopped"
        assert services[name]["stop_grace_period"], name
        assert services[name]["init"] is True, name


def test_ports_are_published_on_the_loopback_address_only(services: dict[str, Service]) -> None:
    published = {name: it["ports"] for name, it in services.items() if "ports" in it}
    assert set(published) == {"gateway", "flower", "odoo"}
    assert {port["host_ip"] for ports in published.values() for port in ports} == {"127.0.0.1"}


def test_stores_stand_on_the_inner_network_only(services: dict[str, Service]) -> None:
    for name in STORES:
        assert set(services[name]["networks"]) == {"backend"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_are_locked_down(name: str, services: dict[str, Service]) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - the container's own
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service  # the image's own, which is not root
    written = {it["target"] for it in service["volumes"] if not it.get("read_only")}
    assert written == ({"/var/lib/fabric"} if name == "beat" else set())


def test_every_container_has_limits_and_no_capability_to_spare(
    services: dict[str, Service],
) -> None:
    for name, service in services.items():
        assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"]), name
        assert service["cap_drop"] == ["ALL"], name


def test_no_secret_stands_in_a_file(services: dict[str, Service]) -> None:
    """With fresh passwords in the environment, every secret of the result is made of them."""
    for name, service in services.items():
        for variable, value in service["environment"].items():
            if re.search("PASSWORD|DSN|BROKER_URL|BASIC_AUTH", variable):
                assert re.search("[0-9a-f]{32}", value), (name, variable)
        assert not re.search("[0-9a-f]{32}", str(service["command"])), name


def test_every_variable_of_compose_is_explained() -> None:
    used = set(re.findall(r"\$\{(\w+)", (DOCKER / "compose.yaml").read_text()))
    explained = set(re.findall(r"^#?(\w+)=", (DOCKER / ".env.example").read_text(), re.M))
    assert explained - {"COMPOSE_PROFILES"} == used


def test_image_runs_as_a_fixed_user_that_is_not_root() -> None:
    last_stage = (DOCKER / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last_stage
    assert "fabric_uid=10001\n" in (DOCKER / "odoo" / "setup.sh").read_text()


def test_image_needs_only_what_every_engine_knows() -> None:
    """No frontend to pull, no BuildKit-only instruction: engine 20.10 offline can build it."""
    text = (DOCKER / "Dockerfile").read_text()
    assert not re.search(r"# *syntax=|<<|--mount|--link|@sha256:", text)


def test_locks_fit_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for lock, wanted in (
        ("requirements.lock", project["project"]["dependencies"]),
        ("build.lock", project["build-system"]["requires"]),
    ):
        locked = set(re.findall(r"^(\S+==\S+)", (DOCKER / lock).read_text(), re.M))
        assert {re.sub(r"\[.*?\]", "", it) for it in wanted} <= locked


def test_the_image_holds_every_feature_and_no_development_tool() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    locked = set(re.findall(r"^(\S+)==", (DOCKER / "requirements.lock").read_text(), re.M))
    held = {name for name, extra in extras.items() if names(extra) <= locked}
    assert held == {"columns", "documents", "s3"}
    others = {name for each in extras.keys() - held for name in names(extras[each])}
    wanted = names(project["project"]["dependencies"]) | {
        n for it in held for n in names(extras[it])
    }
    assert not locked & (others - wanted)


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[=]", it)[0] for it in requirements}
