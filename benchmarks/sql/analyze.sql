VACUUM (ANALYZE) celery_job
