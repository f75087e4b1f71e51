"""``python -P -m workers`` is ``odoo-fabric``, found without a PATH."""

from workers.cli import main

main()
