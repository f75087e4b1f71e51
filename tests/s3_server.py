"""A real server that speaks S3 (SeaweedFS, from a wheel) for a test."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3
from s3fs import S3FileSystem

from odoo_bridge.storage import StorageOptions
from workers.process import free_port, spawn, stop, wait_ready

KEY, SECRET = "files-key", "files-secret"
BUCKET = "files"
OFF = (
    "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
    "-s3.autoCreateBucket=false",
)  # fmt: skip
"""What of it is not wanted."""
PORTS = ("master", "volume", "filer", "s3")


class S3Server:
    """One server with one bucket, and one account that may use it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def options(self, **changes: str | int) -> StorageOptions:
        given = {"endpoint": f"http://127.0.0.1:{self.port}", "key": KEY, "secret": SECRET}
        return StorageOptions(**{"url": f"s3://{BUCKET}/reports", **given, **changes})  # type: ignore[arg-type]

    def start(self) -> None:
        config = self.home / "s3.json"
        config.write_text(json.dumps({"identities": [_identity()]}))
        ports = [f"-{part}.port.grpc={free_port()}" for part in PORTS]
        ports += [f"-{part}.port={free_port()}" for part in PORTS[:-1]]
        where = [f"-dir={self.home}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        program = Path(sys.executable).with_name("weed")
        s3 = [f"-s3.config={config}", f"-s3.port={self.port}"]
        log = self.home / "s3.log"
        self._process = spawn([str(program), "mini", *where, *s3, *ports, *OFF], log=log)
        assert wait_ready(self._process, self._answers, 30), log.read_text()
        S3FileSystem(**self.options().for_fsspec()).mkdir(BUCKET)

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, ((signal.SIGKILL, 10.0),))
            self._process = None

    def _answers(self) -> bool:
        try:
            return (
                urllib3.request("GET", f"http://127.0.0.1:{self.port}/", retries=False).status
                == 403
            )
        except urllib3.exceptions.HTTPError:
            return False


def _identity() -> dict[str, object]:
    credentials = [{"accessKey": KEY, "secretKey": SECRET}]
    return {"name": "test", "credentials": credentials, "actions": ["Admin"]}


@contextmanager
def s3_server(home: Path) -> Iterator[S3Server]:
    """A server that runs for the length of the context."""
    server = S3Server(home)
    try:
        server.start()
        yield server
    finally:
        server.stop()
