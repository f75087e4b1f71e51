{
    "name": "Celery Bridge Tests",
    "summary": "Models to try the developer's API of celery_bridge on, and its tests",
    "version": "19.0.0.1.0",
    "category": "Hidden/Tests",
    "author": "The Odoo Celery Fabric developers",
    "license": "LGPL-3",
    "depends": ["celery_bridge"],
    "data": ["security/ir.model.access.csv", "security/test_celery_thing_rules.xml"],
}
