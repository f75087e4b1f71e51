"""Writes the reference pages that come from the code: ``python docs/generate.py``.

``tests/unit/test_reference_pages.py`` fails while a page differs from what this makes.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperGroup, TyperOption

from workers import settings
from workers.cli import app

PAGES = Path(__file__).parent / "reference"
GENERATED = "<!-- Written by docs/generate.py: change the code, then run it. -->\n"


def pages() -> dict[str, str]:
    """Each generated page's name and text."""
    return {"settings.md": settings_page(), "cli.md": cli_page()}


def settings_page() -> str:
    """Every setting with its environment name, default and comment."""
    comments = _comments(settings.Settings)
    rows = [
        f"| `{_variable(name)}` | {_default(field)} | {' '.join(comments[name].split())} |"
        for name, field in settings.Settings.model_fields.items()
    ]
    intro = (inspect.getdoc(settings.Settings) or "").replace(
        "``SECRETS``", f"`{settings.SECRETS}`"
    )
    head = "| variable | default | |\n|---|---|---|"
    return "\n".join([GENERATED, "# Settings\n", _plain(intro), "", head, *rows, ""])


def cli_page() -> str:
    """Every command with its arguments and options."""
    root = typer.main.get_command(app)
    return "\n".join([GENERATED, "# Commands", *_command(root, "odoo-fabric")]) + "\n"


def _command(command: Any, path: str) -> Iterator[str]:
    yield f"\n## `{path}`\n{_plain(inspect.cleandoc(command.help or ''))}"
    own = [each for each in command.params if "completion" not in (each.name or "")]
    if own:
        yield "\n| | default | |\n|---|---|---|"
    yield from map(_parameter, own)
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _command(child, f"{path} {name}")


def _parameter(parameter: TyperArgument | TyperOption) -> str:
    option = isinstance(parameter, TyperOption)
    name = ", ".join(parameter.opts) if option else (parameter.name or "").upper()
    default = (
        ""
        if any(parameter.default is each for each in (None, False, ""))
        else f"`{parameter.default}`"
    )
    return (
        f"| `{name}` | {'required' if parameter.required else default} | {parameter.help or ''} |"
    )


def _variable(name: str) -> str:
    return f"{settings.Settings.model_config['env_prefix']}{name.upper()}"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    text = json.dumps(_plain_value(value)).strip('"')
    return f"`{text}`" if text not in {"", "null"} else ""


def _plain_value(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, dict):
        return {key: _plain_value(each) for key, each in value.items()}
    return value


def _comments(model: type) -> dict[str, str]:
    """The text that stands under each field, which Python itself forgets."""
    (body,) = (node.body for node in ast.parse(inspect.getsource(model)).body)
    found = {}
    for field, comment in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(comment, ast.Expr):
            found[field.target.id] = _plain(inspect.cleandoc(comment.value.value))
    return found


def _plain(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    for name, text in pages().items():
        (PAGES / name).write_text(text, encoding="utf-8")
