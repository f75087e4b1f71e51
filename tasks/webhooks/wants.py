"""Ids that a delivery needs and nobody knows yet: collected from many, then put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from odoo_bridge.errors import InvalidDelivery
from tasks.webhooks.lookups import Found, Kind, Lookups


@dataclass(frozen=True, slots=True)
class Want:
    """The place of an id in values: the first of ``keys`` that Odoo knows, or all of them."""

    kind: Kind
    keys: tuple[Any, ...]
    field: str
    """For a person: where it is wanted."""
    optional: bool = False
    """Nothing found empties the field."""
    many: bool = False
    """As ``[[6, 0, ids]]`` of all keys."""

    def filled(self, found: Found) -> Any:
        """What stands in its place. Raises ``InvalidDelivery`` naming the field."""
        if self.many:
            return [[6, 0, [self._one(found, key) for key in self.keys]]]
        known = next((key for key in self.keys if key in found), None)
        if known is None and self.optional:
            return False
        return self._one(found, self.keys[0] if known is None else known) or False

    def _one(self, found: Found, key: Any) -> int:
        ids = found.get(key, ())
        if len(ids) == 1:
            return ids[0]
        if ids:
            raise InvalidDelivery(f"{self.field}: Odoo has {len(ids)} records: {self.said}")
        raise InvalidDelivery(f"{self.field}: Odoo has no {self.said}")

    @property
    def said(self) -> str:
        """For a person: what is looked for."""
        return " or ".join(self.kind.said(key) for key in self.keys)


Answers = dict[Kind, Found]


def look_up(values: Iterable[Any], lookups: Lookups) -> Answers:
    """All that is wanted in ``values``, in one call a kind."""
    keys: dict[Kind, set[Any]] = {}
    for want in wants_in(list(values)):
        keys.setdefault(want.kind, set()).update(want.keys)
    return {kind: lookups.find(kind, wanted) for kind, wanted in keys.items()}


def wants_in(value: Any) -> Iterator[Want]:
    """Every want, at any depth."""
    if isinstance(value, Want):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from wants_in(each)


def filled(value: Any, answers: Answers) -> Any:
    """The same with ids in place of wants. Raises ``InvalidDelivery``."""
    if isinstance(value, Want):
        return value.filled(answers[value.kind])
    if isinstance(value, dict):
        return {name: filled(each, answers) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, answers) for each in value]
    return value
