{
    "name": "Benchmark: Shopify's orders straight into Odoo",
    "version": "19.0.1.0.0",
    "author": "The Odoo Celery Fabric developers",
    "license": "LGPL-3",
    "depends": ["sale"],
    "installable": True,
}
