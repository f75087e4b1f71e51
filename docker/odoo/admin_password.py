"""Give a new database's administrator the password from the environment, not Odoo's `admin`.

Runs inside `odoo shell`, which provides `env`.
"""

import os

env.ref("base.user_admin").password = os.environ["ODOO_ADMIN_PASSWORD"]  # noqa: F821
env.cr.commit()  # noqa: F821
