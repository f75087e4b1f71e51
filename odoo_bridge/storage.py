"""Large files in a storage of objects (S3 and what speaks like it), fetched by signed links.

fsspec is the way to it, so that a directory (``file:///srv/files``) serves for tests; but links are
signed by object storages only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from odoo_bridge.errors import ConfigurationError, Permanent, StorageUnavailable

BLOCK = 8 * 1024 * 1024
"""Bytes that are sent at once, and held in memory."""
KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class StorageOptions:
    """Where the storage is."""

    url: str
    """``s3://bucket/folder``."""
    endpoint: str = ""
    """Address of a storage that is not Amazon's."""
    region: str = ""
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    link_seconds: int = 300
    """For how long a signed link opens its file."""

    def __post_init__(self) -> None:
        if "://" not in self.url:
            raise ConfigurationError(f"FABRIC_FILE_STORAGE {self.url!r} is no s3://bucket/folder")

    def for_fsspec(self) -> dict[str, Any]:
        """What s3fs is to be told; nothing for other kinds of storage."""
        if not self.url.startswith("s3://"):
            return {}
        given = {"endpoint_url": self.endpoint, "key": self.key, "secret": self.secret}
        region = {"region_name": self.region} if self.region else {}
        return {
            **{name: value for name, value in given.items() if value},
            "client_kwargs": region,
            # Amazon and all others know this form of signature and of address.
            "config_kwargs": {"signature_version": "s3v4", "s3": {"addressing_style": "path"}},
            "default_block_size": BLOCK,
        }


def _nobody(_key: str) -> None:
    pass


class Storage:
    """One storage. Every method raises ``ConfigurationError`` and ``StorageUnavailable``."""

    def __init__(self, options: StorageOptions) -> None:
        self._options = options

    def put(
        self, chunks: Iterable[bytes], announce: Callable[[str], object] = _nobody
    ) -> tuple[str, int]:
        """Keep a file; its key, which nobody can guess, and its size in bytes.

        ``announce`` is told the key before anything lies there: no file without somebody who knows.
        """
        name = uuid4().hex
        key, size = f"{name[:2]}/{name}", 0
        announce(key)
        with _translated(self._options.url), self._new(key) as file:
            for chunk in chunks:
                file.write(chunk)
                size += len(chunk)
        return key, size

    @contextmanager
    def _new(self, key: str) -> Iterator[Any]:
        """A file that is there once all of it is, or not at all."""
        file = self._fs.open(self._path(key), "wb", block_size=BLOCK, autocommit=False)
        try:
            yield file
            file.close()
            file.commit()
        except BaseException:
            file.discard()
            raise

    def link(self, key: str, name: str) -> str:
        """An address that opens the file for a while, and saves it under this name."""
        said = f"attachment; filename*=UTF-8''{quote(name, safe='')}"  # RFC 6266, RFC 8187
        with _translated(self._options.url):
            try:
                return str(
                    self._fs.sign(
                        self._path(key),
                        expiration=self._options.link_seconds,
                        ResponseContentDisposition=said,
                    )
                )
            except NotImplementedError as error:
                raise ConfigurationError(
                    f"FABRIC_FILE_STORAGE {self._options.url} signs no links: take an s3:// address"
                ) from error

    def remove(self, keys: Sequence[str]) -> None:
        """Forget files; those that are gone already are no error."""
        for key in keys:
            with _translated(self._options.url):
                try:
                    self._fs.rm_file(self._path(key))
                except FileNotFoundError:
                    continue

    @cached_property
    def _found(self) -> tuple[Any, str]:
        with _translated(self._options.url):
            return _url_to_fs()(
                self._options.url.rstrip("/"), **self._options.for_fsspec(), **_made(self._options)
            )

    @property
    def _fs(self) -> Any:
        return self._found[0]

    def _path(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise Permanent(f"{key!r} is no key of a stored file")
        return f"{self._found[1]}/{key}"


def _made(options: StorageOptions) -> dict[str, Any]:
    """A directory has to be there before a file; an object storage has none."""
    return {} if options.url.startswith("s3://") else {"auto_mkdir": True}


def _url_to_fs() -> Callable[..., tuple[Any, str]]:
    try:
        core = import_module("fsspec.core")
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "FABRIC_FILE_STORAGE needs fsspec and s3fs: pip install 'odoo-celery-fabric[s3]'"
        ) from error
    found: Callable[..., tuple[Any, str]] = core.url_to_fs
    return found


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (ConfigurationError, Permanent):
        raise
    except (FileNotFoundError, PermissionError, ImportError, ValueError) as error:
        raise ConfigurationError(
            f"the storage {url} refuses: {error}. Mend FABRIC_FILE_STORAGE, its key and its secret"
        ) from error
    except Exception as error:
        raise StorageUnavailable(f"the storage {url} is away: {type(error).__name__}") from error
