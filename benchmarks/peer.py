"""The peer, OCA's queue_job: fetched from the Python index into a directory of its own."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from odoo_bridge.errors import ConfigurationError
from workers.embedded import places

MODULE = "queue_job"
REQUIREMENTS = Path(__file__).parent / "peer-requirements.txt"


def packages() -> Path:
    """The directory that holds it, filled at the first use. Raises ``ConfigurationError``."""
    digest = sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    target = places.cache_dir() / "benchmarks" / f"peer-{digest}"
    if not target.exists():
        with places.making(target) as content:
            _install(content)
    return target


def _install(target: Path) -> None:
    installer = "pip" if find_spec("pip") else "uv"
    command = ["-m", *(("pip",) if installer == "pip" else ("uv", "pip")), "install", "--quiet"]
    # Its distribution requires Odoo, which is there but not from the index.
    options = ["--no-deps", "--require-hashes", "--target", str(target), "-r", str(REQUIREMENTS)]
    done = subprocess.run(
        [sys.executable, *command, *options], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ConfigurationError(f"queue_job could not be fetched:\n{done.stderr.strip()[-1500:]}")
