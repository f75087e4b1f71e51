"""Where the Odoos differ, as data."""

from __future__ import annotations

import pytest

from odoo_bridge.rpc.versions import major_of, spelling


@pytest.mark.parametrize(
    ("version", "major"),
    [("14.0", 14), ("17.0-20260101", 17), ("saas~18.2+e", 18), ("19.0", 19), ("master", 10**6)],
)
def test_the_major_of_a_version(version: str, major: int) -> None:
    assert major_of(version) == major


@pytest.mark.parametrize(
    ("version", "name"),
    [("14.0", "check_access_rights"), ("17.0", "check_access_rights"), ("18.0", "has_access")],
)
def test_a_method_is_called_as_that_version_names_it(version: str, name: str) -> None:
    assert spelling("has_access", version).name == name


def test_a_field_is_called_as_that_version_names_it() -> None:
    assert [spelling("group_ids", v).name for v in ("18.0", "19.0")] == ["groups_id", "group_ids"]
