"""The storage of large files on a real server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
import urllib3

from odoo_bridge.errors import ConfigurationError, StorageUnavailable
from odoo_bridge.storage import BLOCK, Storage
from tests.s3_server import S3Server, s3_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


def fetched(link: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", link, retries=False)


@pytest.mark.parametrize("size", [0, 1, 2 * BLOCK, 2 * BLOCK + 1])
def test_who_has_the_link_gets_the_file(server: S3Server, size: int) -> None:
    content = Random(size).randbytes(size)  # noqa: S311
    storage = Storage(server.options())
    key, stored = storage.put([content[:1000], content[1000:]])
    answer = fetched(storage.link(key, 'Verkäufe "2026".xlsx'))
    assert (answer.status, answer.data, stored) == (200, content, size)
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''Verk%C3%A4ufe%20%222026%22.xlsx"
    )


def test_nobody_else_gets_it(server: S3Server) -> None:
    storage = Storage(server.options())
    key, _size = storage.put([b"abc"])
    link = storage.link(key, "x.csv")
    other, _size = storage.put([b"of somebody else"])
    for forged in (
        link.partition("?")[0],
        link.replace("X-Amz-Expires=300", "X-Amz-Expires=30000"),
        link.replace(key, other),
    ):
        assert forged != link
        assert fetched(forged).status == 403


def test_a_link_is_for_a_while(server: S3Server) -> None:
    link = Storage(server.options(link_seconds=77)).link("ab/" + "ab" * 16, "x.csv")
    assert "X-Amz-Expires=77" in urlsplit(link).query


def test_what_is_removed_is_gone(server: S3Server) -> None:
    storage = Storage(server.options())
    key, _size = storage.put([b"abc"])
    storage.remove([key, key])
    assert fetched(storage.link(key, "x.csv")).status == 404


def test_what_fails_in_the_middle_is_not_kept(server: S3Server) -> None:
    keys: list[str] = []

    class Watched(Storage):
        def _path(self, key: str) -> str:
            keys.append(key)
            return super()._path(key)

    def broken() -> Iterator[bytes]:
        yield b"x" * (BLOCK + 1)
        raise MemoryError

    storage = Watched(server.options())
    with pytest.raises(StorageUnavailable):
        storage.put(broken())
    assert fetched(storage.link(keys[0], "x.csv")).status == 404


@pytest.mark.parametrize(
    "wrong", [{"secret": "wrong"}, {"key": "nobody"}, {"url": "s3://no-such-bucket/x"}]
)
def test_what_a_person_must_mend(server: S3Server, wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="Mend FABRIC_FILE_STORAGE"):
        Storage(server.options(**wrong)).put([b"abc"])


def test_a_server_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="is away"):
        Storage(S3Server(tmp_path).options()).put([b"abc"])
