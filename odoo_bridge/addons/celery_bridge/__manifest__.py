{
    "name": "Celery Bridge",
    "summary": "Enqueue jobs inside a transaction, let Celery workers do them outside of Odoo",
    "version": "19.0.0.1.0",
    "category": "Technical",
    "author": "The Odoo Celery Fabric developers",
    "license": "LGPL-3",
    "depends": ["base", "web", "rpc", "product"],
    "data": [
        "security/celery_bridge_groups.xml",
        "security/ir.model.access.csv",
        "security/celery_bridge_rules.xml",
        "data/ir_config_parameter.xml",
        "data/res_users.xml",
    ],
    "uninstall_hook": "uninstall_hook",
    "application": True,
    "installable": True,
}
