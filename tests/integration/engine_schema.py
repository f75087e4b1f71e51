"""The job engine of the addon in a plain database: tables from its models' source, its own SQL.

So the engine is tried without Odoo in seconds, and nothing here can drift from the addon.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import psycopg

ADDON = Path(__file__).parents[2] / "odoo_bridge/addons/celery_bridge"
MODELS = ("celery_queue", "celery_task", "celery_job")
TYPES = {
    "Char": "varchar",
    "Text": "text",
    "Selection": "varchar",
    "Integer": "integer",
    "Float": "float8",
    "Boolean": "boolean",
    "Json": "jsonb",
    "ReadableJson": "jsonb",
    "Datetime": "timestamp",
    "LooseMany2one": "integer",
}
MAGIC = "create_uid integer, create_date timestamp, write_uid integer, write_date timestamp"


def fabric(module: str) -> ModuleType:
    """A module of the addon's ``fabric`` that does not need Odoo."""
    name = "celery_bridge_fabric"
    if name not in sys.modules:
        _load(name, ADDON / "fabric/__init__.py")
    full = f"{name}.{module}"
    return sys.modules.get(full) or _load(full, ADDON / f"fabric/{module}.py")


def install(connection: psycopg.Connection) -> None:
    """Make the engine in an empty database, as the addon's ``init`` methods do."""
    for model in MODELS:
        for ddl in _ddl(model):
            connection.execute(ddl)
    for script in fabric("engine").installation():
        connection.execute(script)


def statement(name: str) -> str:
    """A named query of the addon, for psycopg 3 as for psycopg 2."""
    text: str = fabric("statements").statement(name)
    return text


def _load(name: str, path: Path) -> ModuleType:
    package = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=package)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _ddl(model: str) -> Iterator[str]:
    """What Odoo makes of a model: columns, then constraints and indexes."""
    tree = ast.parse((ADDON / f"models/{model}.py").read_text("utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    attributes = {
        target.id: node.value
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    columns = [
        f"{name} {TYPES[kind]}"
        for name, call in attributes.items()
        if (kind := _kind(call)) in TYPES and not _is_computed(call) and name != "create_date"
    ]
    yield f"CREATE TABLE {model} (id serial PRIMARY KEY, {MAGIC}, {', '.join(columns)})"
    for name, call in attributes.items():
        if _kind(call) in RULES:
            rule = _text(call.args[0])
            yield RULES[_kind(call)].format(table=model, name=f"{model}{name}", rule=rule)


def _text(argument: ast.expr) -> str:
    """A text of a model, which may have constants of ``fabric.states`` in it."""
    text: str = eval(  # noqa: S307, the addon's own source
        compile(ast.Expression(argument), "<model>", "eval"), vars(fabric("states")).copy()
    )
    return text


RULES = {
    "Constraint": "ALTER TABLE {table} ADD CONSTRAINT {name} {rule}",
    "Index": "CREATE INDEX {name} ON {table} {rule}",
    "UniqueIndex": "CREATE UNIQUE INDEX {name} ON {table} {rule}",
}


def _kind(call: ast.expr) -> str:
    assert isinstance(call, ast.Call)
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _is_computed(call: ast.expr) -> bool:
    assert isinstance(call, ast.Call)
    return any(keyword.arg == "compute" for keyword in call.keywords)
