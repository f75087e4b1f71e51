"""Files of the embedded servers: atomic, private, with room."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from odoo_bridge.errors import ConfigurationError
from workers.embedded import places
from workers.embedded.postgres import SOCKET_PATH_LIMIT, Cluster


def test_what_was_made_halfway_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "release"

    def fail() -> None:
        with places.making(target) as content:
            (content / "half").write_text("")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_was_made_wholly_stands_at_its_place(tmp_path: Path) -> None:
    with places.making(tmp_path / "release") as content:
        (content / "whole").write_text("")
        assert not (tmp_path / "release").exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["release", "whole"]


def test_a_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    places.write_secret(path, "{}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_disk_is_told_before_the_download(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="GB free and 1000000000 GB are needed"):
        places.require_space(tmp_path, 1_000_000_000)


def test_root_is_told_which_directory_postgresql_cannot_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(places, "is_root", lambda: True)
    with pytest.raises(ConfigurationError, match="closed"):
        places.require_reachable(closed / "cluster")


@pytest.mark.parametrize("depth", [1, 40])
def test_the_socket_fits_however_deep_the_cache_lies(depth: int) -> None:
    home = Path("/home/somebody").joinpath(*["deep"] * depth)
    socket = Cluster(home, roles=()).socket_dir / ".s.PGSQL.5432.lock"
    assert len(str(socket)) <= SOCKET_PATH_LIMIT
