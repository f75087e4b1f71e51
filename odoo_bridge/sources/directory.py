"""The files of a directory, read and checked."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.sources.file import SourceFile


def read_sources(directory: Path) -> dict[str, SourceFile]:
    """Every ``*.toml`` of the directory, by the source's name. Raises ``ConfigurationError``."""
    if not directory.is_dir():
        raise ConfigurationError(f"FABRIC_SOURCES is no directory: {directory}")
    found: dict[str, SourceFile] = {}
    for path in sorted(directory.glob("*.toml")):
        source = read_source(path)
        if source.name in found:
            raise ConfigurationError(f"two files in {directory} are the source {source.name!r}")
        found[source.name] = source
    return found


def read_source(path: Path) -> SourceFile:
    """One file. Raises ``ConfigurationError`` that says which line or entry is wrong."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    source = data.get("source")
    if isinstance(source, dict):
        source.setdefault("name", path.stem)
    try:
        return SourceFile.model_validate(data)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        )
        raise ConfigurationError(f"{path}: {wrong}") from error


def undeclared(name: str) -> SourceFile:
    """A source that has secrets and no file: its scheme is what its name begins with.

    ``shopify``, ``shopify-eu``. What has the same id is handled in the order of its arrival.
    """
    scheme = name.partition("-")[0]
    source = {"name": name, "scheme": scheme, "ordering_key": "id"}
    return SourceFile.model_validate({"source": source})
