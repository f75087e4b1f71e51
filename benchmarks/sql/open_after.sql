SELECT EXISTS (
    SELECT FROM celery_job
    WHERE id > %(id)s AND state NOT IN ('done', 'dead', 'cancelled')
) AS jobs
