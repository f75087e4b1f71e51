"""Files on their way from and to Odoo, in pieces: a worker never holds more than one of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import structlog
import urllib3

from odoo_bridge.errors import ConfigurationError, FabricError, OdooUnavailable, Permanent
from odoo_bridge.job import Json
from odoo_bridge.rpc.bulk import Bulk
from odoo_bridge.storage import Storage

log = structlog.get_logger(__name__)

CHUNK = 4 * 1024 * 1024
"""Bytes of a piece."""

Content = bytes | Path | BinaryIO


@dataclass(frozen=True, slots=True)
class FileRules:
    """What this installation lets jobs do with files."""

    inline: int = 1024 * 1024
    """Bytes up to which an attachment travels inside the write-back; larger ones go before it."""
    directories: Sequence[Path] = ()
    """Where jobs may read files of the worker."""
    urls: Sequence[str] = ()
    """How the addresses begin that jobs may read."""
    largest: int = 2 * 1024 * 1024 * 1024
    """Bytes up to which a job reads a file."""


class Files:
    """The files of one job.

    ``bulk`` is the way to Odoo, ``None`` where nothing can be uploaded. Large files go into
    ``storage`` instead, where there is one.
    """

    def __init__(
        self,
        bulk: Bulk | None = None,
        rules: FileRules | None = None,
        storage: Storage | None = None,
    ) -> None:
        self._bulk = bulk
        self._rules = rules or FileRules()
        self._storage = storage
        self._keys: list[str] = []

    def stored(self, content: Content) -> Json:
        """What an ``attach`` operation says of its content: the data, or where it lies."""
        with _opened(content) as file:
            first = file.read(self._rules.inline + 1)
            if len(first) <= self._rules.inline or self._bulk is None:
                return {"datas": b64encode(first + file.read()).decode()}
            chunks = _chunks(first, file)
            if self._storage is None:
                return self._uploaded(self._bulk, chunks)
            key, size = self._storage.put(chunks, self._announcing(self._bulk))
            return {"stored": key, "size": size}

    def _announcing(self, bulk: Bulk) -> Callable[[str], None]:
        """Odoo and this attempt know of a file before it is stored: either may remove it."""

        def announce(key: str) -> None:
            bulk.storing(key)
            self._keys.append(key)

        return announce

    def discard(self) -> None:
        """Remove what this attempt has stored, for nobody will hear of it: it was cancelled.

        What the storage does not remove now, Odoo has removed a day later.
        """
        if self._storage is None:
            return
        try:
            self._storage.remove(self._keys)
        except FabricError as error:
            log.warning("files.kept", keys=self._keys, error=str(error))

    def _uploaded(self, bulk: Bulk, chunks: Iterator[bytes]) -> Json:
        # A name that no other attempt has, nor a copy of this one: their pieces must not mix.
        upload, size = uuid4().hex, 0
        for number, chunk in enumerate(chunks):
            bulk.upload(upload, number, chunk)
            size += len(chunk)
        return {"upload": upload, "size": size}

    def remove(self, keys: Sequence[str]) -> None:
        """Forget stored files. Raises ``ConfigurationError`` where there is no storage."""
        if self._storage is None:
            raise ConfigurationError("FABRIC_FILE_STORAGE is not set: it says where the files are")
        self._storage.remove(keys)

    def local(self, path: str) -> Path:
        """A file of the worker that jobs may read. Raises ``Permanent``, ``ConfigurationError``."""
        found = Path(path).resolve()
        if not any(found.is_relative_to(each.resolve()) for each in self._rules.directories):
            raise ConfigurationError(
                f"{path} is in no directory that jobs may read: add its directory to "
                "FABRIC_FILE_DIRECTORIES of the workers"
            )
        if not found.is_file():
            raise Permanent(f"there is no file {path} on this worker")
        self._check_size(found.stat().st_size, path)
        return found

    def download(self, attachment: int, target: Path) -> str:
        """Write an attachment that the job's user may read to ``target``; returns its name."""
        if self._bulk is None:
            raise ConfigurationError("this job cannot read files from Odoo")
        with target.open("wb") as file:
            while True:
                facts, piece = self._bulk.download(attachment, file.tell(), CHUNK)
                file.write(piece)
                self._check_size(file.tell(), facts["name"])
                if len(piece) < CHUNK:
                    return str(facts["name"])

    def fetch(self, url: str, target: Path) -> None:
        """Write what an address answers to ``target``; redirects are not followed."""
        if not any(url.startswith(each) for each in self._rules.urls):
            raise ConfigurationError(
                f"{url} is no address that jobs may read: add its beginning to FABRIC_FILE_URLS"
            )
        try:
            with target.open("wb") as file, _answer(url) as answer:
                for piece in answer.stream(CHUNK):
                    file.write(piece)
                    self._check_size(file.tell(), url)
        except urllib3.exceptions.HTTPError as error:
            raise OdooUnavailable(f"{url} cannot be read: {error}") from error

    def _check_size(self, size: int, name: str) -> None:
        if size > self._rules.largest:
            raise Permanent(f"{name} is larger than {self._rules.largest} bytes")


def _answer(url: str) -> urllib3.BaseHTTPResponse:
    answer = urllib3.request("GET", url, preload_content=False, retries=False, timeout=60.0)
    if answer.status in {502, 503, 504}:
        raise OdooUnavailable(f"{url} is away: HTTP {answer.status}")
    if answer.status != 200:
        raise Permanent(f"{url} answers HTTP {answer.status}")
    return answer


def _opened(content: Content) -> BinaryIO:
    if isinstance(content, Path):
        return content.open("rb")
    return BytesIO(content) if isinstance(content, bytes) else content


def _chunks(first: bytes, file: BinaryIO) -> Iterator[bytes]:
    """``first`` and what follows it, ``CHUNK`` bytes at a time."""
    rest = first
    while rest:
        rest += file.read(max(0, CHUNK - len(rest)))
        yield rest[:CHUNK]
        rest = rest[CHUNK:]
        if not rest:
            rest = file.read(CHUNK)
