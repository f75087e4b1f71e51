"""What Odoo calls fields in the user's language."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.job import Environment


def titles(odoo: Environment, model: str, names: Iterable[str]) -> dict[str, str]:
    """Labels by name."""
    described = odoo[model].fields_get(list(names), ["string"])
    return {name: each["string"] for name, each in described.items()}
