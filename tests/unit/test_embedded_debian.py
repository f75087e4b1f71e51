"""Where Odoo's package comes from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from odoo_bridge.errors import ConfigurationError
from workers.embedded import debian
from workers.embedded.debian import Mirror, choose_mirror, own_mirror, unpack

LISTING = """\
main bookworm-security http://security.example.org/debian-security/
stable bookworm https://download.example.com/linux/debian/
main bookworm-pgdg http://apt.example.net/pub/repos/apt/
main bookworm http://mirror.example.org/debian/
main bookworm http://second.example.org/debian/
"""


def test_the_mirror_is_the_distributions_own_not_an_archive_beside_it() -> None:
    assert choose_mirror(LISTING, "bookworm") == Mirror(
        "http://mirror.example.org/debian/", "bookworm"
    )


def test_a_suite_may_be_named_by_its_role() -> None:
    line = "main stable http://mirror.example.org/debian/\n"
    assert choose_mirror(line, "bookworm").suite == "stable"


@pytest.mark.parametrize("listing", ["", "main noble http://archive.example.org/ubuntu/\n"])
def test_without_a_debian_mirror_compose_is_the_way(listing: str) -> None:
    with pytest.raises(ConfigurationError, match=r"docker/compose\.yaml"):
        choose_mirror(listing, "bookworm")


def test_without_apt_compose_is_the_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"no apt.*docker/compose\.yaml"):
        own_mirror()


def test_offline_the_error_names_the_mirror_and_keeps_apts_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(argv: tuple[str, ...], **_options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(argv, 100, "", "E: Could not resolve mirror.example.org")

    monkeypatch.setattr(subprocess, "run", refuse)
    mirror = Mirror("http://mirror.example.org/debian/", "bookworm")
    with pytest.raises(ConfigurationError, match="Could not resolve") as caught:
        unpack(["odoo-19/sid"], mirror, tmp_path, tmp_path)
    assert "is this machine online" in str(caught.value)
    assert mirror.address in str(caught.value)


def test_apt_sees_sid_and_the_own_suite_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[str, ...]] = []

    def remember(*argv: str, cwd: Path | None = None) -> str:
        seen.append(argv)
        return ""

    monkeypatch.setattr(debian, "_run", remember)
    unpack([], Mirror("http://mirror.example.org/debian/", "bookworm"), tmp_path, tmp_path)
    sources = (tmp_path / "sources.list").read_text().splitlines()
    assert [line.split()[-2] for line in sources] == ["sid", "bookworm"]
    assert all("Dir::Etc::sourceparts=/dev/null" in argv for argv in seen)
    assert all(f"Dir::State::Lists={tmp_path / 'lists'}" in argv for argv in seen)
