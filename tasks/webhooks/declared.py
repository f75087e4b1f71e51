"""What becomes of the deliveries of each source that this process knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from odoo_bridge.errors import ConfigurationError, InvalidDelivery
from odoo_bridge.ledger.deliveries import Delivery
from odoo_bridge.sources import SourceFile, read_source, undeclared
from tasks.webhooks.target import Target, parse_target

Prepare = Callable[[Any, Delivery], Any]
"""A hook: from a payload and its delivery to the payload that the map sees."""
BY_SCHEME = {"shopify": "shopify-orders"}
"""The ready target of sources that say nothing of theirs, by signature scheme."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A source, with its target and the hook that this names."""

    file: SourceFile
    target: Target
    prepare: Prepare


_files: dict[str, SourceFile] = {}


def declare(sources: Mapping[str, SourceFile]) -> None:
    """Know these sources from now on.

    Raises ``ConfigurationError`` when a target cannot be understood; then all is as before.
    """
    for source in sources.values():
        if source.target:
            declared(source)
    _files.clear()
    _files.update(sources)
    declared_as.cache_clear()


@cache
def declared_as(name: str) -> Declared:
    """The source of this name. Raises ``InvalidDelivery`` when nothing says what it brings."""
    try:
        return declared(_files.get(name) or undeclared(name))
    except ConfigurationError as error:
        raise InvalidDelivery(str(error)) from error


def declared(source: SourceFile) -> Declared:
    """What a source file says, on top of the ready target that it names by ``use``.

    Raises ``ConfigurationError`` naming the source and every fault.
    """
    table = dict(source.target) or {"use": BY_SCHEME.get(source.source.scheme, "")}
    if (use := table.pop("use", None)) is not None:
        if use not in ready():
            known = ", ".join(ready())
            raise ConfigurationError(
                f"the source {source.name!r} has no target: write [target], or use one of {known}"
            )
        given = read_source(ready()[use]).target
        table = {**given, **table, "fields": {**given["fields"], **table.get("fields", {})}}
    target = parse_target(table, source.name)
    return Declared(source, target, _hook(target.prepare, source.name))


@cache
def ready() -> Mapping[str, Path]:
    """The source files that come with the fabric, by name."""
    folder = Path(str(files(__package__) / "ready"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


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
