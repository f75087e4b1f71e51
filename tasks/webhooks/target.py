"""``[target]`` of a source file: which records a delivery becomes, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.sources import Expression
from tasks.webhooks.template import Template


def _expression(value: Any) -> Any:
    return Expression(value) if isinstance(value, str) else value


def _template(value: Any) -> Any:
    return Template(value) if isinstance(value, str) else value


def _entry(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _several(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Path = Annotated[Expression, BeforeValidator(_expression)]
Text = Annotated[Template, BeforeValidator(_template)]
Names = Annotated[list[str], BeforeValidator(_several)]


class Conversion(StrEnum):
    """What is made of the value that an expression finds (docs/reference/targets.md)."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    MINOR_UNITS = "minor_units"
    CURRENCY = "currency"
    COUNTRY = "country"
    STATE = "state"
    PRODUCT = "product"
    PRICELIST = "pricelist"
    TAXES = "taxes"
    PARTNER = "partner"
    RECORD = "record"


_NEEDS: Mapping[Conversion, tuple[str, ...]] = {
    Conversion.MINOR_UNITS: ("currency",),
    Conversion.STATE: ("country",),
    Conversion.RECORD: ("model", "by"),
}
_ALLOWS: Mapping[Conversion, tuple[str, ...]] = {**_NEEDS, Conversion.TAXES: ("included",)}


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True
    )


class Entry(_Part):
    """What one field says: exactly one of ``path``, ``template``, ``value``, ``record``, ``each``.

    A field for which nothing is found is emptied, unless ``default``, ``required`` or ``keep``.
    """

    path: Path | None = None
    """A JMESPath expression."""
    template: Text | None = None
    value: Any = None
    """A constant."""
    record: Names | None = None
    """A record of ``[target.records]``; in a list, the first that is there."""
    each: Path | None = None
    """Finds the list of which each element becomes a line."""
    convert: Conversion | None = Field(default=None, alias="as")
    default: Any = None
    required: bool = False
    keep: bool = False
    """Nothing found: leave what Odoo has."""
    once: bool = False
    """For a new record alone; an update leaves the field as it is."""
    currency: Path | None = None
    country: Path | None = None
    included: Path | None = None
    model: str = ""
    by: str = ""
    key: Text | None = None
    fields: dict[str, Field_] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        given = [name for name in ("path", "template", "record", "each") if getattr(self, name)]
        given += ["value"] if "value" in self.model_fields_set else []
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise ValueError(f"give one of path, template, value, record, each, not {said}")
        if self.each and not (self.key and self.fields):
            raise ValueError("each needs a key, by which a line is known again, and fields")
        if not self.each and (self.key or self.fields):
            raise ValueError("key and fields belong to each")
        self._check_options()
        return self

    def _check_options(self) -> None:
        needs = _NEEDS.get(self.convert, ()) if self.convert else ()
        allows = _ALLOWS.get(self.convert, ()) if self.convert else ()
        for name in ("currency", "country", "included", "model", "by"):
            if getattr(self, name) and name not in allows:
                raise ValueError(f"{name} does not go with as = {self.convert or 'nothing'!s}")
        if missing := [name for name in needs if not getattr(self, name)]:
            raise ValueError(f"as = {self.convert!s} needs {' and '.join(missing)}")
        if self.convert and not (self.path or self.template):
            raise ValueError("as needs a path or a template")


Field_ = Annotated[Entry, BeforeValidator(_entry)]
Match = dict[str, Field_]


class Record(_Part):
    """A record that must be there first: found by the first ``match`` that finds one, or created.

    One that is found is never written.
    """

    model: str
    match: Annotated[list[Match], BeforeValidator(_several)]
    fields: dict[str, Field_]
    when: Path | None = None
    """There is no such record unless this finds something."""


class Target(_Part):
    """Which record a delivery becomes: created once, then written by newer versions."""

    model: str
    external_id: Text
    """Names the record for ever, within the source."""
    version: Path | None = None
    """A date or a number: an older version never overwrites a newer one."""
    prepare: str = ""
    """``module:function`` that changes the payload before anything is looked for in it."""
    tracking: bool = False
    """Let Odoo log changed values in the record's chatter, which costs time."""
    context: dict[str, Any] = Field(default_factory=dict)
    """Laid over the context in which Odoo writes."""
    match: Annotated[list[Match], BeforeValidator(_several)] = Field(default_factory=list)
    """Finds a record that is not known by its external id yet."""
    records: dict[str, Record] = Field(default_factory=dict)
    fields: dict[str, Field_]
    defaults: dict[str, Any] = Field(default_factory=dict)
    """Constants for new records; an update leaves them alone."""

    @model_validator(mode="after")
    def _names(self) -> Self:
        for name, entry in self._entries():
            if unknown := [each for each in entry.record or () if each not in self.records]:
                known = ", ".join(self.records) or "none"
                raise ValueError(f"{name}: no record is named {unknown[0]!r}; there are: {known}")
        return self

    def _entries(self) -> list[tuple[str, Entry]]:
        groups = [self.fields, *self.match]
        for record in self.records.values():
            groups += [record.fields, *record.match]
        found = [(name, entry) for group in groups for name, entry in group.items()]
        return found + [(f"{n}.{m}", line) for n, e in found for m, line in e.fields.items()]


def parse_target(table: Mapping[str, Any], name: str) -> Target:
    """``[target]`` of the source ``name``. Raises ``ConfigurationError`` that names every fault."""
    try:
        return Target.model_validate(dict(table))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(['target', *(str(part) for part in fault['loc'])])}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise ConfigurationError(f"the source {name!r}: {faults}") from error
