SELECT count(*) AS jobs FROM celery_job
WHERE id > %(id)s AND state NOT IN ('done', 'dead', 'cancelled')
