"""Databases of the development Odoo, each a copy of a template that was made once.

Two layers: Odoo's modules with demo data (40 s), and on top of it the bridge's addons with API
keys. A change of the addons makes only the upper one again.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from psycopg import Connection
from psycopg.sql import Identifier, Literal

from odoo_bridge.errors import ConfigurationError
from workers.embedded.instance import dev_dir, forget, home_of
from workers.embedded.odoo_process import OWNER, OdooProcess, data_dir
from workers.embedded.places import write_secret
from workers.embedded.queries import query
from workers.embedded.release import Report

MODULES = ("base", "sale_management", "stock", "account", "base_automation")
BRIDGE = "celery_bridge"
SERVICE, ADMIN = "celery_service", "admin"
RELAY = "celery_relay"
MAKING = "making"


@dataclass(frozen=True)
class Recipe:
    """What a database is made of."""

    version: str
    """Odoo's."""
    modules: tuple[str, ...]
    bridge_addons: Path
    digest: str
    """Of the bridge's addons, see ``addons_digest``."""

    @property
    def standard(self) -> tuple[str, ...]:
        """Odoo's own modules of it."""
        wanted = dict.fromkeys((*MODULES, *self.modules))
        return tuple(sorted(name for name in wanted if not self._is_ours(name)))

    @property
    def ours(self) -> tuple[str, ...]:
        """The bridge's addons of it."""
        return (BRIDGE, *sorted({n for n in self.modules if self._is_ours(n)} - {BRIDGE}))

    @property
    def base_template(self) -> str:
        """Name of the lower template."""
        return _name("base", self.version, *self.standard)

    @property
    def template(self) -> str:
        """Name of the upper template."""
        return _name("bridge", self.base_template, self.digest, *self.ours)

    def _is_ours(self, module: str) -> bool:
        return (self.bridge_addons / module / "__manifest__.py").exists()


@dataclass(frozen=True)
class Databases:
    """Makes and drops databases; ``odoo`` says how Odoo is run, on any of them."""

    connection: Connection
    odoo: OdooProcess
    recipe: Recipe
    report: Report

    def provide(self, database: str) -> dict[str, str]:
        """Makes the database, or updates it to the recipe. Returns the API keys by login."""
        keys = home_of(database) / "keys.json"
        mark = self._mark(database)
        if mark is None or not keys.exists():
            self.drop(database)
            self._copy(self._template(), database)
            shutil.copy(self._keys(self.recipe.template), home_of(database) / "keys.json")
        elif mark != self.recipe.template:
            self.report(f"Updating {database} to the changed addons")
            modules = (*self.recipe.standard, *self.recipe.ours)
            self._run(database, "-i", ",".join(modules), "-u", ",".join(self.recipe.ours))
        self._set_mark(database)
        self._admit_relay(database)
        found: dict[str, str] = json.loads(keys.read_text("utf-8"))
        return found

    def bare(self, database: str) -> None:
        """Makes the database anew, with Odoo's own modules of the recipe and none of ours."""
        self._copy(self._base_template(), database)

    def drop(self, database: str) -> None:
        """Drops a database, its files and what was known of it."""
        self.connection.execute(query("drop_database").format(database=Identifier(database)))
        shutil.rmtree(_files(database), ignore_errors=True)
        forget(database)

    def say_address(self, database: str, url: str) -> None:
        """Tells Odoo where its own pages are."""
        with self.odoo.cluster.connect(database) as inside:
            inside.execute(query("say_address"), [url])

    def _template(self) -> str:
        recipe = self.recipe
        if self._mark(recipe.template) is None:
            base = self._base_template()
            self.report("Installing the bridge's addons")
            self._copy(base, MAKING)
            self._run(MAKING, "-i", ",".join(recipe.ours), "--with-demo")
            keys = replace(self.odoo, database=MAKING).make_keys((SERVICE, ADMIN))
            write_secret(self._keys(recipe.template), json.dumps(keys))
            self._rename(MAKING, recipe.template)
        return recipe.template

    def _base_template(self) -> str:
        recipe = self.recipe
        if self._mark(recipe.base_template) is None:
            self.report("Creating an Odoo database with demo data (about a minute, once)")
            self.drop(MAKING)
            self._create("create_empty", MAKING)
            self._run(MAKING, "-i", ",".join(recipe.standard), "--with-demo")
            self._rename(MAKING, recipe.base_template)
        return recipe.base_template

    def _run(self, database: str, *arguments: str) -> None:
        odoo = replace(self.odoo, database=database)
        odoo.configure()
        odoo.run(*arguments)

    def _mark(self, database: str) -> str | None:
        row = self.connection.execute(query("database_mark"), [database]).fetchone()
        return str(row[0]) if row else None

    def _set_mark(self, database: str) -> None:
        self.connection.execute(
            query("set_database_mark").format(
                database=Identifier(database), mark=Literal(self.recipe.template)
            )
        )

    def _create(self, name: str, database: str, **parts: Identifier) -> None:
        self.connection.execute(
            query(name).format(database=Identifier(database), owner=Identifier(OWNER), **parts)
        )
        self.connection.execute(query("close_database").format(database=Identifier(database)))

    def _copy(self, template: str, database: str) -> None:
        self.drop(database)
        self._create("create_from_template", database, template=Identifier(template))
        if _files(template).exists():
            # Odoo names files by their digest and never writes into one: links are enough.
            shutil.copytree(_files(template), _files(database), copy_function=os.link)

    def _rename(self, database: str, name: str) -> None:
        if _files(database).exists():
            _files(database).rename(_files(name))
        self.connection.execute(
            query("rename_database").format(database=Identifier(database), name=Identifier(name))
        )
        forget(database)

    def _keys(self, template: str) -> Path:
        return dev_dir() / f"{template}.keys.json"

    def _admit_relay(self, database: str) -> None:
        """Lets the relay's role claim and rescue jobs in this database, and nothing else."""
        places = {"database": Identifier(database), "relay": Identifier(RELAY)}
        self.connection.execute(query("admit_relay").format(**places))
        with self.odoo.cluster.connect(database) as inside:
            inside.execute(query("close_functions"))
            inside.execute(query("admit_relay_to_functions").format(**places))


def addons_digest(addons: Path) -> str:
    """Digest of the bridge's addons. Raises ``ConfigurationError`` when they are missing."""
    if not (addons / BRIDGE / "__manifest__.py").exists():
        raise ConfigurationError(f"the addon {BRIDGE} is not in {addons}: install the fabric again")
    total = sha256()
    for path in sorted(addons.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(f"{path.relative_to(addons)}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


def _files(database: str) -> Path:
    return data_dir() / "filestore" / database


def _name(*parts: str) -> str:
    return f"template_{parts[0]}_{sha256(' '.join(parts).encode()).hexdigest()[:16]}"
