from . import celery_task_start
from . import celery_webhook_secret
from . import celery_delivery
from . import celery_report_start
from . import celery_export_start
