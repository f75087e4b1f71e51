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
    for command in (
        ("update", "--quiet"),
        ("install", "--yes", "--quiet", "--no-install-recommends", "chromium"),
    ):
        done = subprocess.run(
            ("apt-get", *command),
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ConfigurationError(f"apt-get {command[0]}: {done.stderr.strip()[-1000:]}")
    return "/usr/bin/chromium"
