"""What becomes of the deliveries of each source that this process knows."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from odoo_bridge.errors import ConfigurationError, InvalidDelivery
from odoo_bridge.job import Json
from odoo_bridge.ledger.deliveries import Delivery
from tasks.webhooks.target import Target, parse_target

Prepare = Callable[[Any, Delivery], Any]
"""A hook: from a payload and its delivery to the payload that the map sees."""
_SHOP = "shopify"
"""Sources of which no file tells more bring Shopify's orders: ``shopify``, ``shopify-eu``."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A source's target, with the hook that it names."""

    target: Target
    prepare: Prepare


_tables: dict[str, Mapping[str, Any]] = {}


def declare(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Know these sources from now on: the table ``[target]`` of each, by its name.

    Raises ``ConfigurationError`` when one cannot be understood, and then knows none of them.
    """
    for name, table in tables.items():
        read_target(table, name)
    _tables.clear()
    _tables.update(tables)
    target_of.cache_clear()


@cache
def target_of(source: str) -> Declared:
    """Raises ``InvalidDelivery`` when nothing says what becomes of its deliveries."""
    table = _tables.get(source)
    if table is None:
        name = "shopify-orders" if source.partition("-")[0] == _SHOP else source
        table = {"use": source if source in ready() else name}
    try:
        return read_target(table, source)
    except ConfigurationError as error:
        raise InvalidDelivery(f"no source file tells what becomes of it: {error}") from error


def read_target(table: Mapping[str, Any], name: str) -> Declared:
    """The table ``[target]`` of a source file, on top of the ready one that it names.

    Raises ``ConfigurationError`` naming the source and every fault.
    """
    table = dict(table)
    if use := table.pop("use", None):
        if use not in ready():
            known = ", ".join(ready())
            raise ConfigurationError(f"the source {name!r}: no target {use!r}; ready are: {known}")
        given = read_file(ready()[use])["target"]
        table = {**given, **table, "fields": {**given["fields"], **table.get("fields", {})}}
    target = parse_target(table, name)
    return Declared(target, _hook(target.prepare, name))


@cache
def ready() -> Mapping[str, Path]:
    """The source files that come with the fabric, by name."""
    folder = Path(str(files(__package__) / "ready"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_file(path: Path) -> Json:
    """The tables of a source file. Raises ``ConfigurationError``."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} is no source file: {error}") from error
    if not isinstance(found.get("target"), dict):
        raise ConfigurationError(f"{path} is no source file: the table [target] is missing")
    return found


def _hook(name: str, source: str) -> Prepare:
    if not name:
        return lambda payload, _delivery: payload
    module, _, function = name.partition(":")
    try:
        hook: Prepare = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"the source {source!r}: target.prepare: no function {name!r}: {error}"
        ) from error
    return hook
