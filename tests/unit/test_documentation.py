"""Links of the documentation lead somewhere, and its shell lines name commands that exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from workers.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
TARGET = re.compile(r"^([a-z0-9-]+):", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    missing = [link for link in links if not _leads_somewhere(page, link)]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_shell_lines_name_commands_that_exist(page: Path) -> None:
    unknown = [" ".join(words) for words in _commands(page) if not _exists(words)]
    assert not unknown


def test_every_page_of_the_documentation_can_be_found_from_the_readme() -> None:
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = (link.partition("#")[0] for link in LINK.findall(page.read_text()))
        todo += [(page.parent / link).resolve() for link in links if link and "://" not in link]
    assert set(PAGES) <= seen


def test_every_picture_is_small_and_shown() -> None:
    text = "".join(page.read_text() for page in PAGES)
    for picture in (ROOT / "docs/images").glob("*.[ps][nv]g"):
        assert picture.name in text
        assert picture.stat().st_size <= 150 * 1024


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _commands(page: Path) -> Iterator[list[str]]:
    """Each command of ours in the page's shell fences, as words."""
    for fence in SHELL.findall(page.read_text()):
        for line in fence.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            while words and re.match(r"\w+=", words[0]):
                del words[0]
            if words:
                yield words


def _exists(words: list[str]) -> bool:
    program = Path(words[0]).name
    if program == "make":
        return set(words[1:]) <= set(TARGET.findall((ROOT / "Makefile").read_text()))
    if program == "odoo-fabric":
        return _is_command(typer.main.get_command(app), words[1:])
    return all((ROOT / name).exists() for name in _our_files(words))


def _is_command(command: Any, words: list[str]) -> bool:
    if isinstance(command, TyperGroup):
        return (
            bool(words)
            and words[0] in command.commands
            and _is_command(command.commands[words[0]], words[1:])
        )
    known = {name for parameter in command.params for name in parameter.opts}
    return {word for word in words if word.startswith("--")} <= known


def _our_files(words: list[str]) -> Iterator[str]:
    """Files of the repository that a command reads; what stands after > it makes."""
    for before, word in pairwise(["", *words]):
        if before != ">" and word.startswith(("docker/", "docs/", "tests/")):
            yield word.partition("::")[0]
