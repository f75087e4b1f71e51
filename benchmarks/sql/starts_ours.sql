SELECT uuid, extract(epoch FROM date_started AT TIME ZONE 'utc')::float8 AS at FROM celery_job
