from . import celery_task_start
