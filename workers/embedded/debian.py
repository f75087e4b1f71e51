"""Packages from the machine's own Debian mirror, unpacked and never installed, without root."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from odoo_bridge.errors import ConfigurationError
from workers.embedded.places import is_root

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
INSTEAD = "Use Docker Compose instead: docker/compose.yaml"
STABLE_NAMES = ("stable", "oldstable", "oldoldstable", "testing", "unstable", "sid")


@dataclass(frozen=True)
class Mirror:
    """Where the machine gets its packages from."""

    address: str
    suite: str
    """The machine's own suite, for example bookworm."""


def own_mirror() -> Mirror:
    """Reads the machine's apt sources. Raises ``ConfigurationError`` when it is no Debian."""
    if not shutil.which("apt-get"):
        raise ConfigurationError(f"Odoo comes from Debian and this machine has no apt. {INSTEAD}")
    # Without the Release files: apt may never have fetched them on this machine.
    listing = _run(
        "apt-get", "--no-release-info", "indextargets",
        "--format", "$(COMPONENT) $(RELEASE) $(REPO_URI)", "Created-By: Packages",
    )  # fmt: skip
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    return choose_mirror(listing, codename)


def choose_mirror(listing: str, codename: str) -> Mirror:
    """The first line ``component suite address`` of the distribution itself.

    Raises ``ConfigurationError`` when there is none: updates, security and others' archives have
    other suites or components.
    """
    for line in listing.splitlines():
        component, suite, address = line.split(" ", 2)
        if component == "main" and suite in (codename, *STABLE_NAMES):
            return Mirror(address, suite)
    raise ConfigurationError(f"this machine's apt sources name no Debian mirror. {INSTEAD}")


def unpack(packages: Sequence[str], mirror: Mirror, into: Path, work: Path) -> dict[str, str]:
    """Downloads packages (``name`` or ``name/suite``) and unpacks them over each other.

    ``work`` is an empty directory for apt's own files. Returns the versions by package name.
    Raises ``ConfigurationError`` when the mirror cannot be reached or lacks a package.
    """
    options = _private_apt(mirror, work)
    debs = work / "debs"
    debs.mkdir()
    _apt(options, "update", cwd=work, mirror=mirror)
    _apt(options, "download", *packages, cwd=debs, mirror=mirror)
    versions = {}
    for deb in _in_order(debs, packages):
        _run("dpkg-deb", "-x", str(deb), str(into))
        name, version = _run(
            "dpkg-deb", "-W", "--showformat=${Package} ${Version}", str(deb)
        ).split()
        versions[name] = version
    return versions


def _in_order(debs: Path, packages: Sequence[str]) -> list[Path]:
    return [next(debs.glob(f"{name.partition('/')[0]}_*.deb")) for name in packages]


def _private_apt(mirror: Mirror, work: Path) -> list[str]:
    """Options that keep apt to files of ours: it needs no root and leaves the machine as it was."""
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    suites = dict.fromkeys(("sid", mirror.suite))
    sources = work / "sources.list"
    sources.write_text("".join(f"deb {signed}{mirror.address} {s} main\n" for s in suites))
    (work / "lists" / "partial").mkdir(parents=True)
    (work / "cache" / "archives" / "partial").mkdir(parents=True)
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work / "cache",
        "Debug::NoLocking": 1,
        "Acquire::Languages": "none",
        "Acquire::Retries": 3,
        "APT::Update::Error-Mode": "any",
    }
    if is_root():
        settings["APT::Sandbox::User"] = "root"  # _apt could not write into our directory
    return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]


def _apt(options: Sequence[str], *command: str, cwd: Path, mirror: Mirror) -> None:
    try:
        _run("apt-get", "-q", *options, *command, cwd=cwd)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"Debian's mirror {mirror.address} did not give Odoo; is this machine online? "
            f"{INSTEAD}\n{error}"
        ) from error


def _run(*argv: str, cwd: Path | None = None) -> str:
    """Runs a program to its end. Raises ``ConfigurationError`` with its last words."""
    done = subprocess.run(
        argv, cwd=cwd, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"}
    )
    if done.returncode:
        raise ConfigurationError(f"{' '.join(argv[:2])} failed:\n{done.stderr.strip()[-1500:]}")
    return done.stdout
