"""Columns of records as one JSON text, made by PostgreSQL where the fields are plain columns of it."""

import json

from odoo.models import BaseModel
from odoo.tools import SQL

from .values import to_json

EMPTY = {
    "boolean": "false",
    "integer": "0",
    "float": "0",
    "monetary": "0",
    "many2one_reference": "0",
}
"""What Odoo reads where the database has NULL; of all other types that is nothing, ``null`` here."""
PLAIN = EMPTY.keys() | {"char", "text", "html", "selection", "date", "datetime", "many2one", "reference"}
STAMP = "YYYY-MM-DD HH24:MI:SS"
READERS = ("read", "search_read", "search_fetch", "fetch", "_fetch_query", "_read_format")
"""A model that overrides one of these may hide or change values, as ``calendar.event`` does."""


def page_as_json(model, domain, names, limit):
    """``[[…], …]``, a column for each name, of the first ``limit`` records in the order of their ids.

    With it whether more may follow. Rules and fields' groups hold as in ``search_read``, whose values these are: many2one fields
    are ids, and what is unset is ``null`` unless its type has a zero. Raises what that raises.
    """
    plain = all(each.type in PLAIN and each.store and each.column_type for each in _fields(model, names))
    read_as_stored = all(getattr(type(model), name) is getattr(BaseModel, name) for name in READERS)
    page = _by_database if plain and read_as_stored else _by_orm
    columns, count = page(model, domain, names, limit)
    # A search of the model's own may leave out records after it has counted to the limit.
    whole = type(model)._search is BaseModel._search
    return columns, count >= limit or (count > 0 and not whole)


def _fields(model, names):
    for name in names:
        if name not in model._fields:
            raise ValueError(f"Invalid field {name!r} on {model._name!r}")
        yield model._fields[name]


def _by_database(model, domain, names, limit):
    model.check_access("read")
    query = model._search(domain, order="id", limit=limit)
    if query.is_empty():
        model._determine_fields_to_fetch(names)  # raises as reading them would
        return json.dumps([[] for _ in names]), 0
    terms = [_term(model, name, query) for name in names]
    rows = query.select(
        *(SQL("%s AS %s", term, SQL.identifier(f"c{place}")) for place, term in enumerate(terms))
    )
    columns = (
        SQL("coalesce(json_agg(%s), '[]')", SQL.identifier("page", f"c{place}"))
        for place in range(len(terms))
    )
    # OFFSET 0: what is costly in a term is computed once a row.
    select = SQL(
        "SELECT json_build_array(%s)::text, count(*) FROM (%s OFFSET 0) page",
        SQL(", ").join(columns),
        rows,
    )
    [page] = model.env.execute_query(select)
    return page


def _term(model, name, query):
    field = model._fields[name]
    term = model._field_to_sql(model._table, name, query)
    if field.type == "datetime":
        return SQL("to_char(%s, %s)", term, STAMP)
    return SQL("coalesce(%s, %s)", term, SQL(EMPTY[field.type])) if field.type in EMPTY else term


def _by_orm(model, domain, names, limit):
    rows = model.search_read(domain, names, limit=limit, order="id", load="")
    columns = [[_value(model, name, row[name]) for row in rows] for name in names]
    return json.dumps(to_json(columns)), len(rows)


def _value(model, name, value):
    return None if value is False and model._fields[name].type != "boolean" else value
