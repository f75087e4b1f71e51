"""What is known of a development Odoo, from its start to its stop."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from workers import process
from workers.embedded import places


@dataclass(frozen=True)
class DevOdoo:
    """A running development Odoo and how to reach it."""

    url: str
    database: str
    login: str
    """The service account, which the fabric uses."""
    api_key: str = field(repr=False)
    admin_login: str
    """A person, who enqueues and looks on. Password: admin."""
    admin_api_key: str = field(repr=False)
    outbox_dsn: str = field(repr=False)
    """The database as the relay's role: may LISTEN and claim."""
    database_dsn: str = field(repr=False)
    """The database as its owner, who is Odoo."""
    port: int
    pid: int
    started: float
    """When the process started, as psutil tells: a pid alone may have been reused."""
    log: Path
    key_file: Path
    """These facts as JSON, readable by us only."""

    def process(self) -> psutil.Process | None:
        """Its process; None when it is over."""
        return process.find(self.pid, self.started)

    def save(self) -> None:
        """Writes the facts down for ``running``."""
        places.write_secret(self.key_file, json.dumps(asdict(self), default=str, indent=2))


def dev_dir() -> Path:
    """Where the development Odoo keeps its databases, files and facts."""
    path = places.cache_dir() / "dev"
    path.mkdir(exist_ok=True)
    return path


def home_of(database: str) -> Path:
    """The directory of one instance: configuration, log, keys."""
    path = dev_dir() / "instances" / database
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def all_running() -> list[DevOdoo]:
    """Every development Odoo that runs now, by database."""
    files = sorted((dev_dir() / "instances").glob("*/instance.json"))
    return [instance for file in files if (instance := _load(file)) and instance.process()]


def running(database: str = "fabric") -> DevOdoo | None:
    """The development Odoo of this database, if it runs."""
    return next((found for found in all_running() if found.database == database), None)


def forget(database: str) -> None:
    """Removes what was known of an instance."""
    shutil.rmtree(dev_dir() / "instances" / database, ignore_errors=True)


def _load(file: Path) -> DevOdoo:
    facts = json.loads(file.read_text("utf-8"))
    return DevOdoo(**facts | {"log": Path(facts["log"]), "key_file": Path(facts["key_file"])})
