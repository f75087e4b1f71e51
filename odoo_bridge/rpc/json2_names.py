"""The names that JSON-2 wants for what the older protocols take by position.

Only 19 and later have JSON-2, so these are 19's (``odoo/orm/models.py``; those that begin with
``web_`` and ``formatted_read_group`` stand in ``addons/web/models/models.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from odoo_bridge.errors import NotOffered

_SEARCH = ("domain", "offset", "limit", "order")
# Methods of a model.
_OF_MODEL: Mapping[str, tuple[str, ...]] = {
    "search": _SEARCH,
    "search_count": ("domain", "limit"),
    "search_read": ("domain", "fields", "offset", "limit", "order"),
    "search_fetch": ("domain", "field_names", "offset", "limit", "order"),
    "create": ("vals_list",),
    "name_search": ("name", "domain", "operator", "limit"),
    "name_create": ("name",),
    "fields_get": ("allfields", "attributes"),
    "default_get": ("fields",),
    "load": ("fields", "data"),
    "read_group": ("domain", "fields", "groupby", "offset", "limit", "orderby", "lazy"),
    "formatted_read_group": (
        "domain",
        "groupby",
        "aggregates",
        "having",
        "offset",
        "limit",
        "order",
    ),
    "web_search_read": ("domain", "specification", "offset", "limit", "order", "count_limit"),
    "check_object_reference": ("module", "xml_id", "raise_on_access_error"),
    "context_get": (),
    # celery.job's own (the addon celery_bridge).
    "enqueue": ("task", "params"),
    "enqueue_many": ("task", "params"),
    "fabric_hello": ("_request",),
    "fabric_in_flight": ("_request",),
    "fabric_due_schedules": ("_request",),
}
# Methods of records: their ids come first.
_OF_RECORDS: Mapping[str, tuple[str, ...]] = {
    "read": ("fields", "load"),
    "write": ("vals",),
    "unlink": (),
    "copy": ("default",),
    "exists": (),
    "export_data": ("fields_to_export",),
    "web_read": ("specification",),
    "has_access": ("operation",),
    "get_metadata": (),
    "get_external_id": (),
    "action_archive": (),
    "action_unarchive": (),
}
# The addon's others (docs/reference/protocol.md): each takes one JSON text.
_OF_FABRIC = ("request",)


def named(
    model: str, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments of ``execute_kw`` by name. Raises ``NotOffered`` when there is no telling."""
    if "ids" in kwargs:
        raise NotOffered(f"JSON-2 cannot give {model}.{method} an argument named ids")
    ids, positional, names = _split(model, method, args)
    if len(positional) > len(names):
        raise NotOffered(
            f"JSON-2 takes named arguments: give those of {model}.{method} by name, "
            "or use jsonrpc or xmlrpc"
        )
    body = {**dict(zip(names, positional, strict=False)), **kwargs}
    if not body.get("context", True):
        del body["context"]
    return body if ids is None else {"ids": ids, **body}


def _split(
    model: str, method: str, args: Sequence[Any]
) -> tuple[list[int] | None, Sequence[Any], tuple[str, ...]]:
    """The ids, what else stands by position, and the names for that."""
    if method in _OF_MODEL:
        return None, args, _OF_MODEL[method]
    if model.startswith("celery.") and method.startswith("fabric_"):
        return None, args, _OF_FABRIC
    if args and (method in _OF_RECORDS or _are_ids(args[0])):
        ids = [args[0]] if isinstance(args[0], int) else list(args[0])
        return ids, args[1:], _OF_RECORDS.get(method, ())
    return None, args, ()


def _are_ids(value: Any) -> bool:
    """Of a method that nobody described here, a list of integers in front is one of ids."""
    if isinstance(value, list | tuple):
        return all(type(each) is int for each in value)
    return type(value) is int
