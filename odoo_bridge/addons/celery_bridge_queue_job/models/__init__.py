from . import queue_job_channel
from . import queue_job
from . import celery_job
