"""Debian's Chromium, for the tests that click."""

from __future__ import annotations

import os
import shutil
import subprocess

from odoo_bridge.errors import ConfigurationError


def chromium() -> str:
    """The path of the program; as root, Debian's package is installed where there is none.

    Raises ``ConfigurationError``, which says what is missing.
    """
    if found := os.environ.get("CHROMIUM") or shutil.which("chromium"):
        return found
    if os.geteuid() or not shutil.which("apt-get"):
        raise ConfigurationError(
            "there is no Chromium, and only root of a Debian could install it: "
            "apt-get install chromium, or name one with CHROMIUM"
        )
    _run("apt-get", "update", "--quiet")
    _run("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium")
    return "/usr/bin/chromium"


def _run(*argv: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ConfigurationError(f"{' '.join(argv[:2])}: {done.stderr.strip()[-1000:]}")
