"""Computed prices without a look-up of four records, and of two users, for each that is stored."""

from pathlib import Path


def migrate(cr, _version):
    cr.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
