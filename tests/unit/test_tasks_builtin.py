"""The built-in tasks, and the page that describes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks import builtin
from tasks.registry import find

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "tasks.md"
QUEUES = {
    "pricing.export": "pricing",
    "pricing.update_list_prices": "pricing",
    "pricing.recalculate": "pricing",
    "pricing.recalculated": "default",
    "pricing.refresh": "pricing",
    "reports.export": "reports",
    "reports.price_list": "reports",
    "reports.sales": "reports",
    "records.call": "default",
    "queue_job.perform": "root",
}


def test_every_module_named_is_a_part_of_the_package() -> None:
    assert all(hasattr(builtin, name) for name in builtin.__all__)


@pytest.mark.parametrize(("name", "queue"), QUEUES.items())
def test_a_task_has_its_queue_and_its_section(name: str, queue: str) -> None:
    task = find(name)
    assert task.queue == queue
    assert task.description
    assert not task.description.endswith(".")
    _before, heading, after = PAGE.read_text().partition(f"## `{name}` (queue `{queue}`)\n")
    assert heading
    section = after.partition("\n## ")[0]
    described = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert described == task.params.model_fields.keys()
