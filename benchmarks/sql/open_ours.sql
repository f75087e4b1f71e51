SELECT count(*) AS jobs FROM celery_job WHERE state NOT IN ('done', 'dead', 'cancelled')
