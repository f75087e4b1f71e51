"""Print an API key of the fabric's service account: the one in the environment if it still works.

Runs inside `odoo shell`, which provides `env`; the key is all that it writes to standard output.
"""

import os

NAME = "odoo-celery-fabric"
env = env  # noqa: F821, PLW0127 - from odoo shell

service = env["res.users"].search([("login", "=", "celery_service")]).ensure_one()
# As superuser: a key without an end is not for the service account to make (res_users.py,
# _check_expiration_date).
keys = env(user=service.id, su=True)["res.users.apikeys"]
key = os.environ.get("FABRIC_ODOO_API_KEY", "")
if not key or keys._check_credentials(scope="rpc", key=key) != service.id:
    keys.search([("user_id", "=", service.id), ("name", "=", NAME)])._remove()
    key = keys._generate("rpc", NAME, None)
    env.cr.commit()
print(key)
