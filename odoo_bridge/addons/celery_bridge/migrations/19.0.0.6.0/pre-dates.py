"""Computed prices of a day beside those of now: their keys name it."""

from pathlib import Path


def migrate(cr, _version):
    cr.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
