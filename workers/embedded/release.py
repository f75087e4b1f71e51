"""Odoo's program: Debian's package unpacked into the cache, and a virtual environment for it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from odoo_bridge.errors import ConfigurationError
from workers.embedded import debian, places

Report = Callable[[str], None]

PACKAGE = "odoo-19"
# Without these, links of the package to JavaScript and fonts lead nowhere.
FROM_SID = (
    "libjs-jquery", "libjs-underscore", "libjs-jquery-form",
    "fonts-ocr-b", "fonts-roboto-unhinted", "fonts-montserrat",
)  # fmt: skip
FROM_OWN_SUITE = ("fonts-font-awesome", "fonts-inconsolata")
GIGABYTES = 2.5
"""Room that program, environment, template databases and apt's lists take together, at most."""


@dataclass(frozen=True)
class Release:
    """One unpacked Odoo."""

    version: str
    """Debian's version of it."""
    tree: Path
    python: Path

    @property
    def packages(self) -> Path:
        """What must be on ``PYTHONPATH``."""
        return self.tree / "usr/lib/python3/dist-packages"

    @property
    def addons(self) -> Path:
        """Odoo's own addons; ``dist-packages/addons`` beside it is a leftover without data."""
        return self.packages / "odoo/addons"

    @property
    def command(self) -> tuple[str, ...]:
        """Odoo's command line."""
        return (str(self.python), str(self.tree / "usr/bin/odoo"))


def provide(report: Report) -> Release:
    """The newest release in the cache, or a new one from Debian's mirror.

    Raises ``ConfigurationError`` when the machine is offline, without apt, or its disk full.
    """
    home = places.cache_dir() / "odoo"
    home.mkdir(exist_ok=True)
    environment = home / f"venv-{_environment_digest()}"
    tree = newest(home)
    if tree and environment.exists():
        return Release(tree.name, tree, environment / "bin" / "python")
    places.require_space(home, GIGABYTES)
    with ThreadPoolExecutor() as both:
        installing = both.submit(_install_environment, environment, report)
        tree = tree or _download(home, report)
        installing.result()
    return Release(tree.name, tree, environment / "bin" / "python")


def newest(home: Path) -> Path | None:
    """The release that came last into the cache."""
    trees = [path for path in home.glob("19*") if path.is_dir()]
    return max(trees, key=lambda path: path.stat().st_ctime, default=None)


def _download(home: Path, report: Report) -> Path:
    mirror = debian.own_mirror()
    report(f"Fetching Odoo 19 from {mirror.address} (125 MB, once)")
    wanted = [f"{name}/sid" for name in (PACKAGE, *FROM_SID)]
    wanted += [f"{name}/{mirror.suite}" for name in FROM_OWN_SUITE]
    with places.making(home / "arriving") as content, tempfile.TemporaryDirectory(dir=home) as work:
        version = debian.unpack(wanted, mirror, content, Path(work))[PACKAGE]
        _check_links(content)
    target = home / version.replace(":", "_")
    return (home / "arriving").rename(target)


def _check_links(tree: Path) -> None:
    dangling = [path for path in tree.rglob("*") if path.is_symlink() and not path.exists()]
    if dangling:
        raise ConfigurationError(f"Debian's {PACKAGE} lacks what {dangling[0]} links to")


def _requirements() -> Path:
    return Path(str(files(__package__) / "odoo-requirements.txt"))


def _environment_digest() -> str:
    interpreter = f"{sys.base_prefix} {sys.version}".encode()
    return sha256(_requirements().read_bytes() + interpreter).hexdigest()[:12]


def _install_environment(target: Path, report: Report) -> None:
    if target.exists():
        return
    report("Installing the Python packages of Odoo (245 MB, once)")
    with places.making(target) as content:
        _python("-m", "venv", "--without-pip", str(content))
        _python(
            *_installer(content / "bin" / "python"),
            "--quiet", "--require-hashes", "--requirement", str(_requirements()),
        )  # fmt: skip


def _installer(python: Path) -> tuple[str, ...]:
    """pip, which obeys this machine's configuration of indexes; uv where an environment has none.

    uv's own environments come without pip.
    """
    if find_spec("pip"):
        return ("-m", "pip", "--python", str(python), "install", "--no-compile")
    return ("-m", "uv", "pip", "install", "--python", str(python))


def _python(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ConfigurationError(
            "the Python packages of Odoo could not be installed; is this machine online?\n"
            f"{done.stderr.strip()[-1500:]}"
        )
