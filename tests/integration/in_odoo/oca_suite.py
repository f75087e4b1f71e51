"""For Odoo's shell: OCA's whole suite again, in the finished registry, with all addons in force.

Odoo runs at-install tests only before the modules that depend on theirs are loaded.
"""

import json

from odoo.service import server
from odoo.tests import loader
from odoo.tools import config

MODULES = ["queue_job", "test_queue_job"]

env.cr.rollback()  # noqa: F821 - the shell's
config["test_enable"] = True
config["test_tags"] = ",".join(f"/{module}" for module in MODULES)
server.server.http_spawn()  # some tests ask Odoo over HTTP
ran = {}
for position in ("at_install", "post_install"):
    result = loader.run_suite(loader.make_suite(MODULES, position))
    ran[position] = [result.testsRun, result.failures_count + result.errors_count, result.skipped]
print("RAN " + json.dumps(ran), flush=True)
