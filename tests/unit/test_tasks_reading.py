from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.errors import RecordMissing
from odoo_bridge.job import Json
from tasks.reading import PAGE, company_id_of, read_one, search_read_all


class FakeModel:
    """A model of so many records, which counts its reads."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.reads: list[int] = []

    def search(self, _domain: list[Any]) -> list[int]:
        return list(range(self.size, 0, -1))

    def read(self, ids: list[int], _fields: list[str], *, load: str) -> list[Json]:
        assert load == ""
        self.reads.append(len(ids))
        return [{"id": number, "company_id": 8} for number in ids if number <= self.size]


def test_pages_keep_the_order_of_the_search() -> None:
    model = FakeModel(2 * PAGE + 1)
    rows = list(search_read_all({"x": model}, "x", [], ["id"]))
    assert [row["id"] for row in rows] == model.search([])
    assert model.reads == [PAGE, PAGE, 1]


def test_nothing_found_reads_nothing() -> None:
    model = FakeModel(0)
    assert list(search_read_all({"x": model}, "x", [], ["id"])) == []
    assert model.reads == []


def test_a_missing_record_is_named() -> None:
    with pytest.raises(RecordMissing, match="x 7 does not exist"):
        read_one({"x": FakeModel(3)}, "x", 7, ["id"])


def test_the_first_allowed_company_else_the_users() -> None:
    odoo = {"res.users": FakeModel(6)}
    assert company_id_of(odoo, 6, {"allowed_company_ids": [3, 4]}) == 3
    assert company_id_of(odoo, 6, {"allowed_company_ids": []}) == 8
    assert company_id_of(odoo, 6, {}) == 8
