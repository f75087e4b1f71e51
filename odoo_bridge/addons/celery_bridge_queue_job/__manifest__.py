{
    "name": "Celery Bridge for Queue Job",
    "summary": "Run with_delay() jobs of OCA's queue_job through Celery workers",
    "version": "19.0.0.1.0",
    "category": "Technical",
    "author": "The Odoo Celery Fabric developers",
    "license": "LGPL-3",
    "depends": ["celery_bridge", "queue_job"],
    "data": [
        "views/queue_job_views.xml",
        "views/queue_job_channel_views.xml",
    ],
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
