"""How fast many records become a spreadsheet, and in how much memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.exporting import export
from benchmarks.person import Person
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage

RECORDS, SHORT = 100_000, 10_000
MANY, SHORT_MANY = 1_000_000, 100_000
FIELDS = [
    "name", "email", "phone", "city", "zip",
    "country_id", "parent_id", "is_company", "color", "create_date",
]  # fmt: skip
TAGS = [".id", "name", "color", "active", "create_date"]
MOST = 250.0  # MB of a worker
GROWN = 30.0  # MB more for ten times the rows
DOMAIN = [["ref", "=", "benchmark"]]


class Export:
    """Partners with ten fields as XLSX; and a million tags as CSV and as Parquet."""

    name = "export"
    asks = "seconds until many records are a spreadsheet, beside Odoo's own export, and memory"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """The peer is the web client's export; memory is a process's largest."""
        records = SHORT if short else RECORDS
        many = SHORT_MANY if short else MANY
        stage.query("partners", partners=records)
        stage.query("dressed", partners=records)
        stage.query("tags", tags=many)
        stage.query("analyze")
        person = Person(stage.odoo)
        few: dict[str, float] = {}

        def ours() -> Figures:
            found = export(stage, model="res.partner", domain=DOMAIN, fields=FIELDS)
            expect(found, records)
            grown = []
            for form in ("csv", "parquet"):
                if form not in few:
                    few[form] = tags(stage, many // 10, form)["memory"]
                grown.append(tags(stage, many, form)["memory"] - few[form])
            return {
                "seconds": found["seconds"],
                "memory": found["memory"],
                "grown": max(*grown, 0.1),
            }

        def peer() -> Figures:
            return person.exports("res.partner", DOMAIN, FIELDS)

        yield Contest(
            {"ours": ours, "peer": peer},
            [
                Goal("XLSX of 10 fields, beside Odoo's", "seconds", "s", "peer", 4, True),
                Goal("memory of an XLSX", "memory", "MB", MOST, 1, True),
                Goal("memory that ten times the rows add", "grown", "MB", GROWN, 1, True),
            ],
            rounds=1 if short else 3,
        )
        stage.query("no_partners")
        stage.query("no_tags")


def tags(stage: Stage, number: int, form: str) -> Figures:
    """An export of the first tags, in this format."""
    domain: list[Any] = [["name", "like", "Benchmark"]]
    [highest] = stage.query("nth_tag", number=number)
    domain.append(["id", "<=", highest["id"]])
    params: dict[str, Any] = {"model": "res.partner.category", "fields": TAGS, "format": form}
    found = export(stage, domain=domain, **params)
    expect(found, number)
    return found


def expect(found: Figures, rows: int) -> None:
    """Raises ``AssertionError``."""
    if found["rows"] != rows:
        raise AssertionError(f"{found['rows']:.0f} of {rows} rows were exported")
