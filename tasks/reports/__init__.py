"""Reports, written outside Odoo and attached to their job."""
