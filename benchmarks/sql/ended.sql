SELECT state, result, error FROM celery_job
WHERE id = %(job)s AND state IN ('done', 'dead', 'cancelled')
