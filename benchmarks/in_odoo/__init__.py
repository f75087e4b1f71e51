"""What runs inside Odoo's shell; each module stands on its own."""
