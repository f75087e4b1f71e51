"""Odoo and a PostgreSQL that nobody else uses, so that both may be killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
from psycopg.sql import Identifier

import odoo_bridge
from workers import process
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo, dev_dir
from workers.embedded.odoo_database import RELAY, Recipe, addons_digest
from workers.embedded.odoo_process import OWNER, data_dir
from workers.embedded.postgres import Cluster, programs
from workers.embedded.queries import query

DATABASE = "chaos"
OPTIONS = dev_odoo.OdooOptions(database=DATABASE, port=0, workers=2)


class Postgres:
    """Durable, unlike the development Odoo's own: what was committed outlives a SIGKILL."""

    def __init__(self) -> None:
        self.cluster = Cluster(home=dev_dir() / "postgres", roles=(OWNER, RELAY), durable=True)
        self.cluster.prepare()
        self.start()

    def start(self) -> None:
        self._server = self.cluster.start()
        log = self.cluster.home / "postgres.log"
        assert process.wait_ready(self._server, self.cluster.answers, 60), log.read_text()[-2000:]

    def kill(self) -> None:
        self._server.kill()
        self._server.wait()

    def stop(self) -> None:
        process.stop(self._server, dev_odoo.POSTGRES_STOP)


class Odoo:
    """With worker processes of its own, as in production."""

    def __init__(self) -> None:
        self.facts: DevOdoo = dev_odoo.reset(OPTIONS)
        self._program = dev_odoo.process_of(OPTIONS)

    def start(self) -> None:
        pid = self._program.serve(self.facts.port)
        self.facts = replace(self.facts, pid=pid, started=psutil.Process(pid).create_time())
        self.facts.save()

    def kill(self) -> None:
        """The server and its workers at once, as the kernel does when a container dies."""
        with suppress(ProcessLookupError):
            os.killpg(self.facts.pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(self.facts.pid)], timeout=10)


class Seed:
    """The prepared template of this machine's cache, for a cache beside it."""

    def __init__(self, shared: Path) -> None:
        """``settings`` still name the shared cache."""
        self.shared = shared
        addons = Path(odoo_bridge.__file__).parent / "addons"
        release = dev_odoo.process_of(OPTIONS).release
        self.template = Recipe(release.version, (), addons, addons_digest(addons)).template
        self._dsn = dev_odoo.process_of(OPTIONS).cluster.dsn(self.template)
        self._files = data_dir() / "filestore" / self.template
        self._keys = dev_dir() / f"{self.template}.keys.json"

    def link(self, own: Path) -> None:
        """Programs are shared, databases are not."""
        own.mkdir(mode=0o755)
        for path in (self.shared / "odoo", *self.shared.glob("postgresql-*")):
            (own / path.name).symlink_to(path)

    def restore(self, cluster: Cluster) -> None:
        """The template's copy in another cluster; ``settings`` name its cache by now."""
        shutil.copytree(self._files, data_dir() / "filestore" / self.template)
        shutil.copy(self._keys, dev_dir())
        with cluster.connect() as connection:
            connection.execute(
                query("create_empty").format(
                    database=Identifier(self.template), owner=Identifier(OWNER)
                )
            )
        psql = [programs() / "psql", "--quiet", "--set=ON_ERROR_STOP=1"]
        with subprocess.Popen([programs() / "pg_dump", self._dsn], stdout=subprocess.PIPE) as dump:
            subprocess.run(
                [*psql, cluster.dsn(self.template)],
                stdin=dump.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        assert dump.returncode == 0
