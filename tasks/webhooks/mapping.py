"""From a payload to upserts: pure, but for the ids that nobody knows yet (``wants.Want``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.job import Json
from tasks.webhooks.conversions import PLAIN, decimal, minor_units, text, version
from tasks.webhooks.lookups import (
    COUNTRY,
    CURRENCY,
    PRODUCT,
    By,
    Kind,
    Pricelist,
    State,
    Tax,
    tax_key,
)
from tasks.webhooks.target import Conversion, Entry, Match, Record, Target
from tasks.webhooks.wants import Want

_SKIP = object()
"""In place of a value: the field is left as it is."""
_BY_TEXT: Mapping[Conversion, Kind] = {
    Conversion.CURRENCY: CURRENCY,
    Conversion.COUNTRY: COUNTRY,
    Conversion.PRODUCT: PRODUCT,
    Conversion.PRICELIST: Pricelist(),
}


def upserts(target: Target, source: str, payload: Any) -> list[Json]:
    """The operations ``upsert`` of one delivery, the target's own last.

    Raises ``InvalidDelivery`` naming the field and what is wrong with it.
    """
    return _Mapping(target, source, payload).operations()


@dataclass
class _Mapping:
    target: Target
    source: str
    payload: Any
    made: list[Json] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    """Of the operations that see to ``[target.records]``, by name."""

    @property
    def module(self) -> str:
        """Of external ids: never that of an addon, with which Odoo would delete them."""
        return "webhook_" + re.sub(r"\W", "_", self.source)

    def operations(self) -> list[Json]:
        for name, record in self.target.records.items():
            if record.when is None or record.when.of(self.payload):
                self.places[name] = self._add(self._record(name, record))
        self._add(self._target())
        return self.made

    def _add(self, operation: Json) -> int:
        self.made.append(operation)
        return len(self.made) - 1

    def _record(self, name: str, record: Record) -> Json:
        where = f"records.{name}"
        match = self._match(where, record.match)
        if not match:
            fields = " nor ".join(", ".join(each) for each in record.match)
            raise InvalidDelivery(f"{where}: nothing says who or what this is, neither {fields}")
        values, _lines = self._values(where, record.fields)
        return _get_or_create(record.model, match, values)

    def _target(self) -> Json:
        fields = self.target.fields
        once = {name: entry for name, entry in fields.items() if entry.once}
        values, lines = self._values("", {n: e for n, e in fields.items() if n not in once})
        new, _lines = self._values("", once)
        with _named("external_id"):
            key = self._key(self.target.external_id.of(self.payload))
        with _named("version"):
            found = self.target.version.of(self.payload) if self.target.version else None
            newest = None if found is None else version(found)
        return {
            "model": self.target.model,
            "key": key,
            "version": newest,
            "match": self._match("match", self.target.match),
            "values": values,
            "lines": lines,
            "new": {**self.target.defaults, **new},
            "context": {"tracking_disable": not self.target.tracking, **self.target.context},
        }

    def _key(self, name: str) -> str:
        return f"{self.module}.{name}"

    def _match(self, where: str, alternatives: list[Match]) -> list[Json]:
        """Alternatives with all values; one that lacks its only value is none."""
        found = []
        for match in alternatives:
            values = {
                name: self._value(f"{where}.{name}", entry, self.payload)
                for name, entry in match.items()
            }
            if any(value not in (False, _SKIP) for value in values.values()):
                found.append({k: False if v is _SKIP else v for k, v in values.items()})
        return found

    def _values(self, where: str, entries: Mapping[str, Entry]) -> tuple[Json, Json]:
        """Values by field, and lines by field."""
        values: Json = {}
        lines: Json = {}
        for name, entry in entries.items():
            place = f"{where}.{name}" if where else name
            if entry.each is not None:
                lines[name] = self._lines(place, entry)
            elif (value := self._value(place, entry, self.payload)) is not _SKIP:
                values[name] = value
        return values, lines

    def _lines(self, where: str, entry: Entry) -> list[Json]:
        with _named(where):
            items = entry.each.of(self.payload) if entry.each else None
        if entry.each and not isinstance(items, list | None):
            raise InvalidDelivery(f"{where}: the expression {entry.each.text!r} finds no list")
        return [self._line(f"{where}[{n}]", entry, item) for n, item in enumerate(items or ())]

    def _line(self, where: str, entry: Entry, item: Any) -> Json:
        data = {**item, "_root": self.payload} if isinstance(item, dict) else item
        with _named(f"{where}.key"):
            key = self._key(entry.key.of(data)) if entry.key else ""
        values = {
            name: value
            for name, each in entry.fields.items()
            if (value := self._value(f"{where}.{name}", each, data)) is not _SKIP
        }
        return {"key": key, "values": values}

    def _value(self, where: str, entry: Entry, data: Any) -> Any:
        with _named(where):
            if entry.record is not None:
                return self._reference(entry)
            if entry.template is not None:
                return self._converted(where, entry, entry.template.of(data), data)
            if entry.path is None:
                return entry.value
            value = entry.path.of(data)
            if value is None or value == "":
                return self._nothing(entry)
            return self._converted(where, entry, value, data)

    def _reference(self, entry: Entry) -> Any:
        there = (self.places[name] for name in entry.record or () if name in self.places)
        place = next(there, None)
        return self._nothing(entry) if place is None else {"$ref": place}

    @staticmethod
    def _nothing(entry: Entry) -> Any:
        if entry.default is not None:
            return entry.default
        if entry.required:
            found = entry.path.text if entry.path else "record"
            raise InvalidDelivery(f"is required, and the expression {found!r} finds nothing")
        return _SKIP if entry.keep else False

    def _converted(self, where: str, entry: Entry, value: Any, data: Any) -> Any:
        convert = entry.convert
        if convert is None:
            return _plain(value)
        if convert in PLAIN:
            return PLAIN[convert](value)
        if convert is Conversion.MINOR_UNITS:
            return minor_units(value, entry.currency and entry.currency.of(data))
        if convert is Conversion.PARTNER:
            return self._partner(value)
        return _want(where, entry, value, data)

    def _partner(self, value: Any) -> Json:
        """By e-mail address, as Odoo normalizes it."""
        address = text(value).strip().lower()
        if "@" not in address:  # Odoo would normalize it to nothing, and make a new one each time
            raise InvalidDelivery(f"{value!r} is no e-mail address")
        match = [{"email_normalized": address}]
        operation = _get_or_create("res.partner", match, {"name": address, "email": address})
        return {"$ref": self._add(operation)}


def _get_or_create(model: str, match: list[Json], values: Json) -> Json:
    context = {"tracking_disable": True}
    return {
        "model": model, "match": match, "values": values, "update": False, "context": context
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise InvalidDelivery(f"a {type(value).__name__} is no value of a field")
    return value


def _want(where: str, entry: Entry, value: Any, data: Any) -> Want | bool:
    convert = entry.convert
    several = [each for each in value if each is not None] if isinstance(value, list) else [value]
    if convert is Conversion.TAXES:
        included = bool(entry.included and entry.included.of(data))
        rates = [Decimal(str(decimal(rate))) for rate in several]
        keys: tuple[Any, ...] = tuple(tax_key(rate, included=included) for rate in rates)
        return Want(Tax(), keys, where, many=True)
    if not several:
        raise InvalidDelivery("an empty list names nothing")
    if convert is Conversion.STATE:
        country = entry.country and entry.country.of(data)
        if country is None:
            return False
        return Want(State(), ((text(country), text(value)),), where, optional=not entry.required)
    if convert is Conversion.RECORD:
        return Want(By(entry.model, entry.by), tuple(_plain(each) for each in several), where)
    kind = _BY_TEXT[convert] if convert else CURRENCY
    return Want(kind, tuple(text(each) for each in several), where)


@contextmanager
def _named(where: str) -> Iterator[None]:
    """An error says which field it is about."""
    try:
        yield
    except InvalidDelivery as error:
        if str(error).startswith(where):
            raise
        raise InvalidDelivery(f"{where}: {error}") from error
