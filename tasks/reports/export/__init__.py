"""``reports.export``: any records as a file, as Odoo exports them, and as many as there are."""
