"""Where the embedded servers keep their files, who may read them, and who is at work there."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from odoo_bridge.errors import ConfigurationError
from workers.settings import settings

APP = "odoo-celery-fabric"


def is_root() -> bool:
    """Whether we run as root, as whom PostgreSQL refuses to run."""
    return os.geteuid() == 0


def unprivileged() -> str | None:
    """The user that PostgreSQL must become: ``nobody`` when we are root, else None."""
    return "nobody" if is_root() else None


def cache_dir() -> Path:
    """What can be made again: downloads, the development Odoo and its databases."""
    return _directory(settings().cache_dir, "/var/cache", platformdirs.user_cache_path(APP))


def state_dir() -> Path:
    """What is kept: the embedded ledger."""
    return _directory(settings().state_dir, "/var/lib", platformdirs.user_state_path(APP))


def _directory(given: Path | None, for_root: str, for_user: Path) -> Path:
    path = (given or (Path(for_root) / APP if is_root() else for_user)).expanduser().absolute()
    path.mkdir(parents=True, exist_ok=True)
    return path


def private(path: Path) -> Path:
    """Makes a directory that only the user of PostgreSQL (and root) can enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    hand_over(path)
    return path


def hand_over(path: Path) -> None:
    """Gives a file to the unprivileged user, when we are root."""
    if user := unprivileged():
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def write_secret(path: Path, text: str) -> None:
    """Writes a file that only we can read, all of it or nothing."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).replace(path)


def require_reachable(path: Path) -> None:
    """Raises ``ConfigurationError`` when the unprivileged user could not get to this directory."""
    if not is_root():
        return
    for parent in path.parents:
        if not parent.stat().st_mode & 0o001:
            raise ConfigurationError(
                f"PostgreSQL runs as {unprivileged()} here and cannot enter {parent}: "
                "set FABRIC_CACHE_DIR and FABRIC_STATE_DIR to directories that everybody can enter"
            )


def require_space(path: Path, gigabytes: float) -> None:
    """Raises ``ConfigurationError`` when the disk of ``path`` has less free."""
    free = shutil.disk_usage(path).free / 1e9
    if free < gigabytes:
        raise ConfigurationError(
            f"{path} has {free:.1f} GB free and {gigabytes} GB are needed: "
            "make room or set FABRIC_CACHE_DIR to a larger disk"
        )


@contextmanager
def making(target: Path) -> Iterator[Path]:
    """A temporary sibling that becomes ``target`` when all went well, and vanishes when not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as name:
        content = Path(name) / "content"
        content.mkdir()
        yield content
        content.rename(target)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Waits until no other process is in here. The lock is the file ``path``."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
