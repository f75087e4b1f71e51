"""The storage of large files, on a directory: what of it needs no server."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from odoo_bridge import storage
from odoo_bridge.errors import ConfigurationError, Permanent
from odoo_bridge.rpc.files import FileRules, Files
from odoo_bridge.storage import Storage, StorageOptions


@pytest.fixture
def stored(tmp_path: Path) -> Storage:
    return Storage(StorageOptions(f"file://{tmp_path}/files"))


def path_of(folder: Path, key: str) -> Path:
    return folder / "files" / key


def test_a_file_is_kept_under_a_key_and_forgotten(stored: Storage, tmp_path: Path) -> None:
    key, size = stored.put([b"abc", b"", b"de"])
    assert (path_of(tmp_path, key).read_bytes(), size) == (b"abcde", 5)
    assert stored.put([b"abcde"])[0] != key
    stored.remove([key, key])
    assert not path_of(tmp_path, key).exists()


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "/etc/passwd", "ab/cd", "AB/" + "A" * 32])
def test_a_key_is_no_path_of_elsewhere(stored: Storage, key: str) -> None:
    for use in (lambda: stored.remove([key]), lambda: stored.link(key, "x")):
        with pytest.raises(Permanent, match="no key of a stored file"):
            use()


def test_a_directory_signs_no_links(stored: Storage) -> None:
    key, _size = stored.put([b"abc"])
    with pytest.raises(ConfigurationError, match="signs no links: take an s3:// address"):
        stored.link(key, "x.csv")


@pytest.mark.parametrize("url", ["nowhere://x", "bucket/folder"])
def test_a_storage_of_no_known_kind(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Storage(StorageOptions(url)).put([b"x"])


def test_without_the_libraries(stored: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(storage, "import_module", missing)
    with pytest.raises(ConfigurationError, match=r"pip install 'odoo-celery-fabric\[s3\]'"):
        stored.put([b"x"])


def test_no_secret_is_shown() -> None:
    assert "hidden" not in repr(StorageOptions("s3://x", key="hidden-key", secret="hidden"))


def test_only_large_files_go_there(stored: Storage, tmp_path: Path) -> None:
    class NoOdoo:
        """Nothing is uploaded to it, but it is told where files are going to lie."""

        def __init__(self) -> None:
            self.told: list[str] = []

        def storing(self, key: str) -> None:
            assert not path_of(tmp_path, key).exists()
            self.told.append(key)

    odoo = NoOdoo()
    files = Files(odoo, FileRules(inline=10), stored)  # type: ignore[arg-type]
    assert set(files.stored(b"x" * 10)) == {"datas"}
    answer = files.stored(BytesIO(b"x" * 11))
    assert answer["size"] == 11
    assert path_of(tmp_path, answer["stored"]).read_bytes() == b"x" * 11
    assert odoo.told == [answer["stored"]]
    files.discard()
    assert not path_of(tmp_path, answer["stored"]).exists()
    with pytest.raises(ConfigurationError, match="FABRIC_FILE_STORAGE is not set"):
        Files().remove(["x"])


def test_what_fails_in_the_middle_is_not_kept(stored: Storage, tmp_path: Path) -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield b"abc"
        raise Permanent("the disk of the worker is full")

    with pytest.raises(Permanent, match="disk"):
        stored.put(broken())
    assert not [each for each in (tmp_path / "files").rglob("*") if each.is_file()]
