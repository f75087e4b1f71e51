"""Nothing checks any more whom a job names: those who are named refuse to be deleted."""

from pathlib import Path


def migrate(cr, _version):
    cr.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
