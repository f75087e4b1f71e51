"""Where the browser of the tests comes from."""

from __future__ import annotations

import os
import shutil

import pytest

from odoo_bridge.errors import ConfigurationError
from tests import chromium


def test_the_named_browser_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/opt/chromium")
    assert chromium.chromium() == "/opt/chromium"


def test_who_cannot_install_one_is_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", {"apt-get": "/usr/bin/apt-get"}.get)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ConfigurationError, match="apt-get install chromium"):
        chromium.chromium()


def test_what_apt_says_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="sh -c: no such package"):
        chromium._run("sh", "-c", "echo no such package >&2; exit 100")
