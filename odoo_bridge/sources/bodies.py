"""What a body holds, by its kind. The ledger keeps its raw bytes; this is how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, ParseError

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from odoo_bridge.errors import InvalidDelivery

LARGEST_FORM = 1000
"""Fields of a form; more are an attack on who reads them."""
DEEPEST_XML = 100
"""Elements inside one another."""


class Kind(StrEnum):
    """What a body is written in."""

    JSON = "json"
    FORM = "form"
    XML = "xml"
    RAW = "raw"
    """Anything: kept, and not looked into."""


def kind_of(content_type: str, allowed: Sequence[Kind]) -> Kind:
    """Which of the ``allowed`` kinds a ``Content-Type`` names.

    Where one kind is allowed it is that one, whatever the header says: senders are careless with
    it, and the body is checked anyway. Raises ``InvalidDelivery``.
    """
    if len(allowed) == 1:
        return allowed[0]
    media = content_type.partition(";")[0].strip().lower()
    named = _named(media)
    if named in allowed:
        return named
    if Kind.RAW in allowed:
        return Kind.RAW
    raise InvalidDelivery(
        f"the Content-Type {media[:100]!r} is none of what this source takes: {', '.join(allowed)}"
    )


def parse(kind: Kind, body: bytes) -> Any:
    """The body as plain JSON values; None for ``RAW``. Raises ``InvalidDelivery``.

    A form is an object of texts, where a repeated name has a list. XML is
    ``{tag: {"@attribute": text, "#text": text, child: ...}}``, where a repeated child is a list,
    and an element with nothing but text is that text.
    """
    match kind:
        case Kind.JSON:
            return _json(body)
        case Kind.FORM:
            return _form(body)
        case Kind.XML:
            return _xml(body)
    return None


def _named(media: str) -> Kind:
    if media == "application/x-www-form-urlencoded":
        return Kind.FORM
    if media.endswith(("/json", "+json")):
        return Kind.JSON
    if media.endswith(("/xml", "+xml")):
        return Kind.XML
    return Kind.RAW


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:  # also what is nested over orjson's 1024 levels
        raise InvalidDelivery(f"the body is not JSON: {error}") from error


def _form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=LARGEST_FORM,
        )
    except ValueError as error:
        raise InvalidDelivery(f"the body is not a form: {error}") from error
    found: dict[str, Any] = {}
    for name, value in pairs:
        _add(found, name, value)
    return found


def _xml(body: bytes) -> dict[str, Any]:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InvalidDelivery(f"the body is not XML: {error}") from error
    return {root.tag: _element(root, 1)}


def _element(element: Element, depth: int) -> Any:
    if depth > DEEPEST_XML:
        raise InvalidDelivery(f"the body's XML is nested over {DEEPEST_XML} levels")
    text = (element.text or "").strip()
    found: dict[str, Any] = {f"@{name}": value for name, value in element.items()}
    for child in element:
        _add(found, child.tag, _element(child, depth + 1))
    if not found:
        return text
    return {**found, "#text": text} if text else found


def _add(found: dict[str, Any], name: str, value: Any) -> None:
    """A name that comes again makes its value a list."""
    if name not in found:
        found[name] = value
    elif isinstance(found[name], list):
        found[name].append(value)
    else:
        found[name] = [found[name], value]
