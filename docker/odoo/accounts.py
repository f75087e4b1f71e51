"""The administrator's password and the service account's API key.

Runs inside `odoo shell`, which provides `env`; the key is all that it writes to standard output.
"""

import os

NAME = "odoo-celery-fabric"
env = env  # noqa: F821, PLW0127 - from odoo shell


def replace_default_password():
    """A new database has `admin` with the password `admin`; a person's own is left alone."""
    admin = env.ref("base.user_admin")
    env.cr.execute("SELECT password FROM res_users WHERE id = %s", [admin.id])
    (stored,) = env.cr.fetchone()
    if admin._crypt_context().verify("admin", stored):
        admin.password = os.environ["ODOO_ADMIN_PASSWORD"]


def working_key():
    """The key in the environment if Odoo still takes it, else a new one in place of the old."""
    service = env["res.users"].search([("login", "=", "celery_service")]).ensure_one()
    # As superuser: a key without an end is not for the service account to make
    # (odoo/addons/base/models/res_users.py, _check_expiration_date).
    keys = env(user=service.id, su=True)["res.users.apikeys"]
    key = os.environ.get("FABRIC_ODOO_API_KEY", "")
    if key and keys._check_credentials(scope="rpc", key=key) == service.id:
        return key
    keys.search([("user_id", "=", service.id), ("name", "=", NAME)])._remove()
    return keys._generate("rpc", NAME, None)


replace_default_password()
key = working_key()
env.cr.commit()
print(key)
